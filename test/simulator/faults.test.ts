import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig, type Seeded } from './rig.js';

let rig: Rig;
let at: Seeded;

beforeEach(async () => {
  rig = await Rig.start();
  at = await rig.seed();
});
afterEach(() => rig.stop());

/** How many Notifications the Challenge has. */
async function notifications(): Promise<number> {
  const { notifications: count } = await rig.sim<{ notifications: number }>(`/challenges/${at.challengeSid}`);
  return count;
}

async function causeOf(call: Promise<unknown>): Promise<string | undefined> {
  const error = (await failureOf(call)) as { cause?: { code?: string } };
  return error.cause?.code;
}

describe('answers that come late or never', () => {
  test('delay: the answer comes, not before its time', async () => {
    await rig.fault('createNotification', 'delay', { delayMs: 80 });
    const before = performance.now();
    const answer = await rig.resend(at);
    expect(answer.status).toBe(201);
    expect(performance.now() - before).toBeGreaterThanOrEqual(78);
  });

  test('delay on the way back: a client that gives up has sent the push all the same', async () => {
    await rig.fault('createNotification', 'delay', { delayMs: 10_000 });
    const error = await failureOf(rig.challenge(at, { timeout: 1000 }).notifications.create());
    expect(error.code).toBe('ECONNABORTED');
    expect(await rig.lastRequest()).toMatchObject({ effect: 'notification-created', status: null });
  });

  test('drip: the timeout of the SDK does not see a slow body', async () => {
    await rig.fault('fetchChallenge', 'drip', { delayMs: 1 });
    const before = performance.now();
    const { status } = await rig.challenge(at, { timeout: 300 }).fetch();
    expect(status).toBe('pending');
    expect(performance.now() - before).toBeGreaterThan(300);
  });

  test.each([
    [undefined, 1],
    [false, 0],
  ])('never-answer, processed %s: silence after %i Notifications', async (processed, count) => {
    await rig.fault('createNotification', 'never-answer', processed === undefined ? {} : { processed });
    const error = await failureOf(rig.challenge(at, { timeout: 1000 }).notifications.create());
    expect(error.code).toBe('ECONNABORTED');
    expect(await notifications()).toBe(count);
  });
});

describe('connections that break', () => {
  test('accept-then-reset: the push is out, the client sees a reset', async () => {
    await rig.fault('createNotification', 'accept-then-reset');
    const error = await failureOf(rig.challenge(at).notifications.create());
    expect(error.message).toBe('read ECONNRESET');
    expect(await rig.lastRequest()).toMatchObject({ effect: 'notification-created', status: null });
    expect((await rig.phone()).pushes).toHaveLength(2);
  });

  test('reset-before: a reset, and nothing happened', async () => {
    await rig.fault('createNotification', 'reset-before');
    const error = await failureOf(rig.challenge(at).notifications.create());
    expect(error.message).toBe('read ECONNRESET');
    expect(await rig.lastRequest()).toMatchObject({ effect: 'none', status: null, fault: 'reset-before' });
    expect(await notifications()).toBe(0);
  });

  test('close-reused-socket: passes the first request of a connection, closes on the second', async () => {
    await rig.fault('createNotification', 'close-reused-socket');
    const { notifications: resends } = rig.challenge(at);
    await resends.create();
    const error = await failureOf(resends.create());
    expect(error.message).toBe('socket hang up');
    const [first, second] = (await rig.journal()).slice(-2);
    expect(second).toMatchObject({ socket: first?.socket, status: null, effect: 'none' });
  });

  test('truncated-body: the connection closes in the middle of the answer', async () => {
    await rig.fault('createNotification', 'truncated-body');
    const answer = await rig.resend(at);
    expect(answer.status).toBe(201);
    await expect(answer.json()).rejects.toThrow(/terminated/);
    expect(await notifications()).toBe(1);
  });
});

describe('bodies without end', () => {
  test('endless-body: more comes whenever the reader asks', async () => {
    await rig.fault('fetchChallenge', 'endless-body', { delayMs: 1 });
    const answer = await rig.fetchChallenge(at);
    let bytes = 0;
    for await (const piece of answer.body ?? []) {
      bytes += (piece as Uint8Array).length;
      if (bytes > 1_000_000) break;
    }
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  test('huge-body: the right answer in 16 MiB', async () => {
    await rig.fault('fetchChallenge', 'huge-body');
    const answer = await rig.fetchChallenge(at);
    const text = await answer.text();
    expect(text.length).toBeGreaterThan(16 * 1024 * 1024);
    expect(JSON.parse(text)).toMatchObject({ sid: at.challengeSid });
  });
});

describe('errors of Twilio or of what stands in front of it', () => {
  test.each([
    ['error-json', {}, 500, 20500],
    ['error-json', { code: 60322 }, 403, 60322],
    ['error-json', { code: 60390, status: 410 }, 410, 60390],
    ['error-json', { code: 12345 }, 400, 12345],
    ['throttled', {}, 429, 20429],
    ['throttled-retry-after', {}, 429, 20429],
    ['throttled-retry-after-date', {}, 429, 20429],
    ['challenge-limit', {}, 429, 60309],
    ['unauthorized', {}, 401, 20003],
    ['problem-body', {}, 400, 60300],
  ])('%s %o: %i with code %i, and nothing was done', async (kind, more, status, code) => {
    await rig.fault('createNotification', kind, more);
    const error = await failureOf(rig.challenge(at).notifications.create());
    expect(error).toMatchObject({ status, code });
    expect(await rig.lastRequest()).toMatchObject({ status, code, effect: 'none' });
    expect(await notifications()).toBe(0);
  });

  test.each([
    ['error-html', 502, 'text/html; charset=utf-8', /^<!doctype html>/],
    ['error-empty', 503, null, /^$/],
    ['error-null', 500, 'application/json', /^null$/],
    ['redirect-json', 302, 'application/json', /^\{/],
    ['redirect-html', 302, 'text/html; charset=utf-8', /^<!doctype html>/],
  ])('%s: %i', async (kind, status, type, body) => {
    await rig.fault('createNotification', kind);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await rig.http(`${rig.path(at)}/Notifications`, { method: 'POST', headers, redirect: 'manual' });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(await answer.text()).toMatch(body);
    expect(await notifications()).toBe(0);
  });

  test('an error can hide a push that went out', async () => {
    await rig.fault('createNotification', 'error-html', { status: 503, processed: true });
    expect((await rig.resend(at)).status).toBe(503);
    expect(await notifications()).toBe(1);
    expect(await rig.lastRequest()).toMatchObject({ status: 503, effect: 'notification-created' });
  });

  test('a failed create uses up a push when failedCreateConsumes is on', async () => {
    await rig.switch({ failedCreateConsumes: true });
    await rig.fault('createNotification', 'error-empty', { times: 2 });
    await rig.resend(at);
    expect(await rig.lastRequest()).toMatchObject({ effect: 'push-consumed', status: 503 });
    await rig.resend(at);
    expect(await codeOf(await rig.resend(at))).toBe(60309);
    expect(await notifications()).toBe(0);
  });

  test.each([
    ['throttled', null],
    ['throttled-retry-after', '30'],
    ['throttled-retry-after-date', 'Mon, 02 Mar 2026 10:00:30 GMT'],
  ])('%s: Retry-After %s', async (kind, retryAfter) => {
    await rig.fault('createNotification', kind);
    expect((await rig.resend(at)).headers.get('retry-after')).toBe(retryAfter);
  });

  test('problem-body becomes another exception of the SDK, with the same code', async () => {
    await rig.fault('fetchChallenge', 'problem-body', { code: 60323 });
    const error = await failureOf(rig.challenge(at).fetch());
    expect(error).toMatchObject({ status: 403, code: 60323, title: 'Challenge expired' });
  });
});

describe('successes that can not be trusted', () => {
  test('html-success: 201 with a page, and the push is out', async () => {
    await rig.fault('createNotification', 'html-success');
    const error = await failureOf(rig.challenge(at).notifications.create());
    expect(error).toBeInstanceOf(SyntaxError);
    expect(await rig.lastRequest()).toMatchObject({ status: 201, effect: 'notification-created' });
  });

  test('missing-dates: the SDK takes an absent expiration date for now', async () => {
    await rig.fault('fetchChallenge', 'missing-dates', { times: 1 });
    const body = (await (await rig.fetchChallenge(at)).json()) as object;
    expect(Object.keys(body).filter((key) => key.includes('date'))).toEqual([]);
    expect(Object.keys(body)).toHaveLength(14);
  });

  test('missing-date-header', async () => {
    await rig.fault('fetchChallenge', 'missing-date-header', { times: 1 });
    expect((await rig.fetchChallenge(at)).headers.get('date')).toBeNull();
    expect((await rig.fetchChallenge(at)).headers.get('date')).toBe('Mon, 02 Mar 2026 10:00:00 GMT');
  });

  test('unknown-status', async () => {
    await rig.fault('fetchChallenge', 'unknown-status');
    expect((await rig.challenge(at).fetch()).status).toBe('paused');
  });

  test('other-sid: on a Challenge and on a Notification', async () => {
    await rig.fault('fetchChallenge', 'other-sid');
    await rig.fault('createNotification', 'other-sid');
    expect((await rig.challenge(at).fetch()).sid).not.toBe(at.challengeSid);
    expect((await rig.challenge(at).notifications.create()).challengeSid).not.toBe(at.challengeSid);
  });

  test('other-identity', async () => {
    await rig.fault('fetchChallenge', 'other-identity');
    expect((await rig.challenge(at).fetch()).identity).toBe('somebody-else');
  });

  test('gzip: an answer that is compressed unasked', async () => {
    await rig.fault('fetchChallenge', 'gzip');
    const answer = await rig.fetchChallenge(at);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.json()).toMatchObject({ sid: at.challengeSid });
  });
});

describe('planning', () => {
  test('a fault without times lasts until it is deleted', async () => {
    await rig.fault('fetchChallenge', 'error-empty');
    expect((await rig.fetchChallenge(at)).status).toBe(503);
    expect((await rig.fetchChallenge(at)).status).toBe(503);
    await rig.sim('/faults', undefined, 'DELETE');
    expect((await rig.fetchChallenge(at)).status).toBe(200);
  });

  test('times counts down, and the next fault takes over', async () => {
    await rig.fault('fetchChallenge', 'error-empty', { times: 1 });
    await rig.fault('fetchChallenge', 'unauthorized', { times: 1 });
    expect((await rig.fetchChallenge(at)).status).toBe(503);
    expect((await rig.fetchChallenge(at)).status).toBe(401);
    expect((await rig.fetchChallenge(at)).status).toBe(200);
  });

  test('a fault of one call leaves the other alone', async () => {
    await rig.fault('createNotification', 'error-empty');
    expect((await rig.fetchChallenge(at)).status).toBe(200);
  });

  test('probability decides request by request', async () => {
    const draws = [0.9, 0.1];
    const dicey = await Rig.start({ random: () => draws.shift() ?? 0.9 });
    const there = await dicey.seed();
    draws.splice(0, draws.length, 0.6, 0.4, 0.6);
    await dicey.fault('fetchChallenge', 'error-empty', { probability: 0.5 });
    const statuses = [];
    for (let request = 0; request < 3; request += 1) statuses.push((await dicey.fetchChallenge(there)).status);
    await dicey.stop();
    expect(statuses).toEqual([200, 503, 200]);
  });

  test.each([
    [{ kind: 'delay' }, /operation is required/],
    [{ operation: 'fetchChallenge', kind: 'dealy' }, /kind must be one of/],
    [{ operation: 'fetchChallenge', kind: 'delay', time: 1 }, /Unknown: time/],
    [{ operation: 'createNotification', kind: 'unknown-status' }, /fetchChallenge only/],
    [{ operation: 'createNotification', kind: 'throttled', processed: true }, /never processed/],
    [{ operation: 'createNotification', kind: 'gzip', processed: false }, /can not be false/],
  ])('%o is refused with a reason', async (body, reason) => {
    await expect(rig.sim('/faults', body)).rejects.toThrow(reason);
  });

  test('stopping ends the connections that a fault keeps open', async () => {
    await rig.fault('fetchChallenge', 'never-answer');
    const pending = causeOf(rig.fetchChallenge(at));
    await expect.poll(async () => (await rig.journal()).length).toBe(1);
    await rig.stop();
    expect(await pending).toBe('UND_ERR_SOCKET');
  });
});
