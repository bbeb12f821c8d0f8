import { afterEach, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

let rig: Rig;
afterEach(() => rig.close());

const start = async (environment: Record<string, string> = {}) => {
  rig = await startRig({
    TWILIO_BREAKER_FAILURES: '3',
    TWILIO_BREAKER_OPEN_MS: '400',
    RESEND_COALESCE_SECONDS: '0',
    ...environment,
  });
};
const failFetches = (kind: string) =>
  rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind, times: 100 });
const metric = async (series: string) => {
  const { text } = await rig.ops.get('/metrics');
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length));
};
const states = async () => {
  const now: Record<string, number> = {};
  for (const state of ['closed', 'open', 'half-open']) {
    now[state] = await metric(`push_resend_breaker_state{state="${state}"}`);
  }
  return now;
};
const callsToTwilio = async () => {
  const { text } = await rig.ops.get('/metrics');
  const made = [...text.matchAll(/^push_resend_twilio_calls_total\{.*code="(.+)"\} (\d+)$/gm)];
  return made.reduce((sum, [, code, count]) => (code === 'breaker-open' ? sum : sum + Number(count)), 0);
};

test('a Twilio that is down is left alone: a tap is refused at once, without cost, and told when to come back', async () => {
  await start({ TWILIO_BREAKER_OPEN_MS: '60000' });
  const known = await rig.login();
  await known.look().expect(200);
  rig.wait(2);
  const screen = await rig.login();
  expect(await states()).toEqual({ closed: 1, open: 0, 'half-open': 0 });
  await failFetches('reset-before');
  for (let tap = 0; tap < 3; tap += 1) await screen.tap().expect(503);
  expect(await states()).toEqual({ closed: 0, open: 1, 'half-open': 0 });

  const asked = await callsToTwilio();
  const { body, headers } = await screen.tap().expect(503);
  expect(body).toMatchObject({ code: 'provider-unavailable', retryable: true, nextAction: 'wait' });
  expect(Number(headers['retry-after'])).toBeGreaterThan(50);
  expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
  const never = await screen.look().expect(503);
  expect(never.body.code).toBe('provider-unavailable');
  const last = await known.look().expect(200);
  expect(last.body.challenge.status).toBe('pending');
  expect(await callsToTwilio()).toBe(asked);
  expect(await metric('push_resend_ledger_decisions_total{decision="granted"}')).toBe(3);
  expect(await metric('push_resend_reservations_total{settlement="notSent"}')).toBe(3);
  expect(rig.logged().match(/"event":"twilio.breaker"/g)).toHaveLength(1);
});

test('a Twilio that is back is found by one fetch, and the tap that asked is sent', async () => {
  await start();
  const screen = await rig.login();
  await failFetches('error-empty');
  for (let tap = 0; tap < 3; tap += 1) await screen.tap().expect(503);
  await rig.simulate('DELETE', '/faults');
  await expect.poll(async () => (await screen.tap()).status, { interval: 50 }).toBe(201);
  expect(await screen.created()).toBe(1);
  expect(await states()).toEqual({ closed: 1, open: 0, 'half-open': 0 });
  for (const state of ['open', 'half-open', 'closed']) {
    expect(await metric(`push_resend_breaker_transitions_total{state="${state}"}`)).toBe(1);
  }
  expect(rig.logged().match(/"event":"twilio.breaker"/g)).toHaveLength(3);
});

test('more resends than there is room for wait a moment, then are told so, and nothing is reserved meanwhile', async () => {
  await start({ TWILIO_MAX_CONCURRENT: '1', TWILIO_QUEUE_LIMIT: '1', TWILIO_QUEUE_WAIT_MS: '5000' });
  const [inside, waiting, outside] = [await rig.login(), await rig.login(), await rig.login()];
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 1500, times: 1 });
  const first = inside.tap().then(({ status }) => status);
  const granted = () => metric('push_resend_ledger_decisions_total{decision="granted"}');
  await expect.poll(granted).toBe(1);
  const second = waiting.tap().then(({ status }) => status);
  await expect.poll(() => metric('push_resend_requests_in_flight')).toBe(3);
  const { body } = await outside.tap().expect(503);
  expect(body).toMatchObject({ code: 'overloaded', retryable: true });
  expect(await granted()).toBe(1);
  expect([await first, await second]).toEqual([201, 201]);
  expect(await granted()).toBe(2);
});
