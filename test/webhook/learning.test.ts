import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serverOnPath, startServer } from '../support/redis-server.js';
import type { Screen } from '../support/rig.js';
import { startWebhookRig, type WebhookRig } from './webhook-rig.js';

let rig: WebhookRig;
beforeEach(async () => {
  rig = await startWebhookRig();
});
afterEach(() => rig.close());

async function asked({ challengeSid }: Screen): Promise<number> {
  return (await rig.simulate<unknown[]>('GET', `/journal?challengeSid=${challengeSid}`)).length;
}

/** What is left of the user's windows: 15 minutes and 24 hours. */
async function left(screen: Screen): Promise<string> {
  const { headers } = await screen.look().expect(200);
  return (headers['ratelimit'] as string).replaceAll(/"challenge";r=\d, |;t=\d+|"user-/g, '').replaceAll('";r=', ' ');
}

describe.each(['form', 'json'] as const)('what a user answers on the phone (%s)', (webhookEncoding) => {
  beforeEach(async () => rig.simulate('POST', '/switches', { webhookEncoding }));

  test('is known at once, and Twilio is never asked again', async () => {
    const screen = await rig.login();
    await screen.look().expect(200);
    await screen.respond('approved');
    expect(await rig.results()).toEqual({ 'challenge.approved learnt': 1 });
    const { body } = await screen.look().expect(200);
    expect(body).toMatchObject({ challenge: { status: 'approved' }, nextAction: 'proceed', pollAfterSeconds: null });
    expect(await asked(screen)).toBe(1);
  });

  test('is fetched first where nobody has asked about the Challenge', async () => {
    const screen = await rig.login();
    await screen.respond('denied');
    expect(await asked(screen)).toBe(1);
    expect(await rig.results()).toEqual({ 'challenge.denied learnt': 1 });
    expect((await screen.look().expect(200)).body.challenge.status).toBe('denied');
    expect(await asked(screen)).toBe(1);
  });

  test('a webhook counts once, however often it is repeated', async () => {
    await rig.simulate('POST', '/switches', { webhookCopies: 3 });
    const screen = await rig.login();
    await screen.respond('approved');
    expect(await rig.results()).toEqual({ 'challenge.approved learnt': 1, 'challenge.approved known': 2 });
  });

  test('is not believed when somebody else says so, and is learnt by the next look', async () => {
    await rig.simulate('POST', '/switches', { webhookBadSignature: true });
    const screen = await rig.login();
    await screen.look().expect(200);
    await screen.respond('approved');
    expect(await rig.results()).toEqual({ 'other bad-signature': 1 });
    rig.wait(2);
    expect((await screen.look().expect(200)).body.challenge.status).toBe('approved');
  });
});

test('a signature for the address behind the proxy is none', async () => {
  await rig.simulate('POST', '/switches', { webhookSignedUrl: null });
  await (await rig.login()).respond('approved');
  expect(await rig.results()).toEqual({ 'other bad-signature': 1 });
});

test('an approval starts the windows of its user afresh, and of nobody else', async () => {
  const identity = 'user-who-approves';
  const [first, other] = [await rig.login({ identity }), await rig.login()];
  await first.tap().expect(201);
  await other.tap().expect(201);
  expect(await left(first)).toBe('15m 4, 24h 9');
  await first.respond('approved');
  expect(await left(await rig.login({ identity }))).toBe('15m 5, 24h 10');
  expect(await left(other)).toBe('15m 4, 24h 9');
});

test('a denial arms the hold, and every screen of the user sees it', async () => {
  const identity = 'user-who-denies';
  const [denied, next] = [await rig.login({ identity, isUnbound: true }), await rig.login({ identity })];
  await denied.look().expect(200);
  await denied.respond('denied');
  const refused = await denied.tap().expect(409);
  expect(refused.body).toMatchObject({ code: 'challenge-denied', nextAction: 'stop' });
  const { body, headers } = await next.tap().expect(429);
  expect(body).toMatchObject({ code: 'held-after-denial', resend: { status: 'limited' } });
  expect(headers['retry-after']).toBe('600');
  rig.wait(599);
  expect((await next.tap()).body.code).toBe('held-after-denial');
});

describe('the order', () => {
  test('look, then webhook: what was known is not told again, and the hold ends no later', async () => {
    await rig.simulate('POST', '/switches', { webhookCopies: 0 });
    const identity = 'user-looking-first';
    const screen = await rig.login({ identity });
    await screen.respond('denied');
    expect((await screen.look().expect(200)).body.challenge.status).toBe('denied');
    rig.wait(100);
    await rig.call({ fields: rig.fieldsOf(screen, 'denied') }).expect(200);
    expect(await rig.results()).toEqual({ 'challenge.denied known': 1 });
    const next = await rig.login({ identity });
    expect((await next.tap().expect(429)).headers['retry-after']).toBe('500');
  });

  test('webhook, then look: the look finds everything known', async () => {
    const screen = await rig.login();
    await screen.respond('approved');
    const before = await asked(screen);
    expect((await screen.look().expect(200)).body.challenge.status).toBe('approved');
    expect(await asked(screen)).toBe(before);
  });

  test('two answers that overtake each other are both learnt', async () => {
    await rig.simulate('POST', '/switches', { webhookReorder: true });
    const [first, second] = [await rig.login(), await rig.login()];
    await first.respond('approved');
    await second.respond('denied');
    expect(await rig.results()).toEqual({ 'challenge.approved learnt': 1, 'challenge.denied learnt': 1 });
  });

  test('a webhook that is faster than Twilio’s own record is believed', async () => {
    const screen = await rig.login();
    await rig.call({ fields: rig.fieldsOf(screen, 'approved') }).expect(200);
    expect(await rig.results()).toEqual({ 'challenge.approved learnt': 1 });
    expect((await screen.tap().expect(409)).body.code).toBe('challenge-approved');
  });

  test('an approval is not overridden by a later denial', async () => {
    const screen = await rig.login();
    await screen.respond('approved');
    await rig.call({ fields: rig.fieldsOf(screen, 'denied') }).expect(200);
    expect(await rig.results()).toEqual({ 'challenge.approved learnt': 1, 'challenge.denied known': 1 });
    expect((await (await rig.login({ identity: screen.identity })).tap()).status).toBe(201);
  });
});

describe('two hours late', () => {
  test('an approval that nobody had heard of forgives nothing that came after it', async () => {
    await rig.simulate('POST', '/switches', { webhookCopies: 0 });
    const identity = 'user-heard-of-late';
    const approved = await rig.login({ identity });
    await approved.respond('approved');
    rig.wait(60);
    await (await rig.login({ identity })).tap().expect(201);
    rig.wait(7200);
    await rig.call({ fields: rig.fieldsOf(approved, 'approved') }).expect(200);
    await rig.call({ fields: rig.fieldsOf(approved, 'approved') }).expect(200);
    // Answered longer ago than a Challenge is remembered: it may have been counted, and is not counted again.
    expect(await rig.results()).toEqual({ 'challenge.approved known': 2 });
    expect(await left(await rig.login({ identity }))).toBe('15m 5, 24h 9');
  });

  test('an approval that was forgotten again forgives nothing a second time', async () => {
    const identity = 'user-forgotten-since';
    const approved = await rig.login({ identity });
    await approved.respond('approved');
    rig.wait(7200);
    await (await rig.login({ identity })).tap().expect(201);
    await rig.call({ fields: rig.fieldsOf(approved, 'approved') }).expect(200);
    expect(await left(await rig.login({ identity }))).toBe('15m 4, 24h 9');
  });

  test('a denial that was forgotten again holds nobody', async () => {
    const identity = 'user-denied-before';
    const denied = await rig.login({ identity });
    await denied.respond('denied');
    rig.wait(7200);
    await rig.call({ fields: rig.fieldsOf(denied, 'denied') }).expect(200);
    await (await rig.login({ identity })).tap().expect(201);
  });
});

describe('what can not be learnt now', () => {
  test('with Twilio down is answered 200, told in the log, and learnt by the next look', async () => {
    const screen = await rig.login();
    await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', status: 503 });
    await screen.respond('denied');
    expect(await rig.results()).toEqual({ 'challenge.denied failed': 1 });
    const lines = rig
      .logged()
      .split('\n')
      .filter((line) => line.includes('"event":"webhook"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      result: 'failed',
      code: 'provider-unavailable',
    });
    expect(await rig.simulate('GET', '/webhooks')).toMatchObject([{ status: 200, failed: false }]);
    await rig.simulate('DELETE', '/faults');
    expect((await screen.look().expect(200)).body.challenge.status).toBe('denied');
    expect((await (await rig.login({ identity: screen.identity })).tap()).body.code).toBe('held-after-denial');
  });

  test('with Redis away is answered 200, and learnt by the next look', async () => {
    const binary = serverOnPath();
    if (binary === undefined) throw new Error('this test stops a Redis of its own: put redis-server on PATH');
    const server = await startServer(binary, []);
    const withRedis = await startWebhookRig({ REDIS_URL: server.url });
    try {
      const screen = await withRedis.login();
      server.process.kill('SIGSTOP');
      await withRedis.call({ fields: withRedis.fieldsOf(screen, 'approved') }).expect(200);
      expect(await withRedis.results()).toEqual({ 'challenge.approved failed': 1 });
      server.process.kill('SIGCONT');
      await withRedis.simulate('POST', '/switches', { webhookCopies: 0 });
      await screen.respond('approved');
      await expect.poll(async () => (await screen.look()).body.challenge?.status).toBe('approved');
    } finally {
      await withRedis.close();
      await server.stop();
    }
  });

  test('about a Challenge that Twilio does not know is not of this service', async () => {
    const screen = await rig.login();
    const challengeSid = `YC${'f'.repeat(32)}`;
    await rig.call({ fields: rig.fieldsOf({ ...screen, challengeSid }, 'approved') }).expect(200);
    expect(await rig.results()).toEqual({ 'challenge.approved ignored': 1 });
  });
});

test('an instance that drains still listens to Twilio', async () => {
  const screen = await rig.login();
  await screen.look().expect(200);
  expect(await rig.drain.drain(1000)).toBe(0);
  await screen.look().expect(503);
  await screen.respond('denied');
  expect(await rig.results()).toEqual({ 'challenge.denied learnt': 1 });
});
