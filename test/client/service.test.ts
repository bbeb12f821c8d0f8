/** The client against the real service and the simulated Twilio. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createResend, type Fetch, type ResendOptions } from '@client/index.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

function open({ challengeSid, token }: Pick<Screen, 'challengeSid' | 'token'>, options: Partial<ResendOptions> = {}) {
  const baseUrl = `http://127.0.0.1:${rig.ports.public}`;
  const resend = createResend({ challengeSid, baseUrl, token: () => token, random: () => 0, ...options });
  const leave = resend.subscribe(() => {});
  const until = (expected: object) =>
    vi.waitFor(() => expect(resend.state).toMatchObject(expected), { timeout: 15_000, interval: 20 });
  return { resend, leave, until };
}

test('a press sends one push, and the phone’s answer ends it', async () => {
  const login = await rig.login();
  const { resend, leave, until } = open(login);
  await until({ name: 'ready', remaining: 2 });
  resend.press();
  resend.press();
  await until({ name: 'cooling-down', secondsLeft: 60, remaining: 1, justSent: true, nextAction: 'open-app' });
  expect(await login.created()).toBe(1);
  await login.respond('approved');
  rig.wait(3);
  await until({ name: 'approved', nextAction: 'proceed' });
  leave();
});

test('an answer that is lost on the way is a push that was sent once, and is shown as sent', async () => {
  const login = await rig.login();
  let lost = 0;
  const losing: Fetch = async (url, init) => {
    const response = await fetch(url, init);
    if (init.method === 'POST' && ++lost <= 2) throw new TypeError('the connection is lost');
    return response;
  };
  const { resend, leave, until } = open(login, { fetch: losing });
  await until({ name: 'ready' });
  resend.press();
  await until({ name: 'cooling-down', justSent: true });
  expect(lost).toBe(3);
  expect(await login.created()).toBe(1);
  leave();
});

test('a proxy’s page instead of the answer is a push that was sent once', async () => {
  const login = await rig.login();
  let spoiled = 0;
  const spoiling: Fetch = async (url, init) => {
    const response = await fetch(url, init);
    return init.method === 'POST' && ++spoiled === 1
      ? new Response('<html>Bad gateway</html>', { status: 502 })
      : response;
  };
  const { resend, leave, until } = open(login, { fetch: spoiling });
  await until({ name: 'ready' });
  resend.press();
  await until({ name: 'cooling-down', justSent: true });
  expect(await login.created()).toBe(1);
  leave();
});

test('two screens that press at once are one push, and both count down', async () => {
  const login = await rig.login();
  const screens = [open(login), open(login)];
  for (const { until } of screens) await until({ name: 'ready' });
  for (const { resend } of screens) resend.press();
  for (const { until } of screens) await until({ name: 'cooling-down' });
  expect(await login.created()).toBe(1);
  for (const { leave } of screens) leave();
});

test('denied is the end, and offers no resend', async () => {
  const login = await rig.login();
  const { resend, leave, until } = open(login);
  await until({ name: 'ready' });
  await login.respond('denied');
  rig.wait(3);
  await until({ name: 'denied', nextAction: 'stop', canPress: false });
  resend.press();
  expect(await login.created()).toBe(0);
  leave();
});

test('a session that is over, and a Challenge of nobody', async () => {
  const login = await rig.login();
  const over = open({ ...login, token: 'prs_nobody' });
  await over.until({ name: 'session-over', code: 'session-invalid' });
  const strange = open({ ...login, challengeSid: `YC${'0'.repeat(32)}` });
  await strange.until({ name: 'expired', code: 'challenge-not-found', nextAction: 'start-over' });
  over.leave();
  strange.leave();
});

test('Twilio fails once before the push: the same press is sent by the next attempt', async () => {
  const login = await rig.login();
  const { resend, leave, until } = open(login);
  await until({ name: 'ready' });
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', status: 500, times: 1 });
  resend.press();
  await until({ name: 'cooling-down', justSent: true });
  expect(await login.created()).toBe(1);
  leave();
});

test('Twilio never answers the push: it may be there, and the screen says so', async () => {
  const login = await rig.login();
  const { resend, leave, until } = open(login);
  await until({ name: 'ready' });
  await rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'accept-then-reset', times: 1 });
  resend.press();
  await until({ name: 'cooling-down', code: 'delivery-unknown', nextAction: 'open-app', justSent: false });
  expect(await login.created()).toBe(1);
  leave();
});
