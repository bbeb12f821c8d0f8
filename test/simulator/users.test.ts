import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';

import { codeOf, Rig, type Seeded } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start({ random: () => 0.5 });
});
afterEach(() => rig.stop());

function setUser(habits: Record<string, unknown>): Promise<unknown> {
  return rig.sim('/users/user-0001', habits);
}

async function statusOf(at: Seeded): Promise<string> {
  return (await rig.challenge(at).fetch()).status;
}

test.each([
  ['approves', { approveProbability: 0.6 }, 'approved'],
  ['denies', { approveProbability: 0.4, denyProbability: 0.2 }, 'denied'],
  ['ignores it', { approveProbability: 0.3, denyProbability: 0.2 }, 'pending'],
])('a user who %s does so when the attention delay is over', async (_name, habits, status) => {
  await setUser({ attentionDelaySeconds: 20, ...habits });
  const at = await rig.seed();
  await rig.advance(19);
  expect(await statusOf(at)).toBe('pending');
  await rig.advance(61);
  expect(await statusOf(at)).toBe(status);
  const { dateResponded } = await rig.challenge(at).fetch();
  expect(dateResponded).toEqual(status === 'pending' ? null : new Date('2026-03-02T10:00:20Z'));
});

test('a resend after the answer is refused, whoever asked last', async () => {
  await setUser({ attentionDelaySeconds: 10 });
  const at = await rig.seed();
  await rig.advance(30);
  expect(await codeOf(await rig.resend(at))).toBe(60322);
});

test('nobody answers what their phone has not told them', async () => {
  await setUser({ attentionDelaySeconds: 10 });
  await rig.sim('/devices/user-0001', { online: false });
  const at = await rig.seed();
  await rig.advance(60);
  expect(await statusOf(at)).toBe('pending');
  await rig.sim('/devices/user-0001', { online: true });
  await rig.advance(10);
  expect((await rig.challenge(at).fetch()).dateResponded).toEqual(new Date('2026-03-02T10:01:10Z'));
});

test('an answer that would come after the end does not come', async () => {
  await setUser({ attentionDelaySeconds: 300 });
  const at = await rig.seed();
  await rig.advance(1000);
  expect(await statusOf(at)).toBe('expired');
});

test('a push that arrives after the answer is useless, even when nobody looked in between', async () => {
  await setUser({ attentionDelaySeconds: 1 });
  await rig.sim('/devices/user-0001', { deliveryDelaySeconds: 10 });
  const at = await rig.seed();
  await rig.advance(5);
  await rig.resend(at);
  await rig.advance(60);
  expect(await rig.phone()).toMatchObject({ alerts: 2, useless: 1 });
});

test('a user decides once about a Challenge, not again at each alert', async () => {
  await setUser({ approveProbability: 0 });
  const at = await rig.seed();
  await setUser({ approveProbability: 1, attentionDelaySeconds: 0 });
  await rig.resend(at);
  expect(await statusOf(at)).toBe('pending');
  expect(await statusOf(await rig.seed())).toBe('approved');
});

test('a deleted user answers nothing', async () => {
  const told = await Rig.start({ webhookUrl: 'http://127.0.0.1:9/' });
  onTestFinished(() => told.stop());
  await told.sim('/users/user-0001', { attentionDelaySeconds: 10 });
  const { serviceSid, identity } = await told.seed();
  await told.sdk().verify.v2.services(serviceSid).entities(identity).remove();
  await told.advance(10);
  const other = await told.seed({ identity: 'user-0002' });
  await told.sim(`/challenges/${other.challengeSid}/respond`, { status: 'denied' });
  expect(await told.sim('/webhooks')).toMatchObject([{ type: 'challenge.denied' }]);
});

test('other users, and all of them after a reset, wait to be told', async () => {
  await setUser({ attentionDelaySeconds: 0 });
  expect(await statusOf(await rig.seed({ identity: 'user-0002' }))).toBe('pending');
  await rig.sim('/reset', {});
  expect(await statusOf(await rig.seed())).toBe('pending');
});

test('the control surface sees an answer as soon as Twilio does', async () => {
  await setUser({ attentionDelaySeconds: 10 });
  const { challengeSid } = await rig.seed();
  await rig.advance(10);
  expect(await rig.sim(`/challenges/${challengeSid}`)).toMatchObject({ status: 'approved' });
  await expect(rig.sim(`/challenges/${challengeSid}/respond`, { status: 'denied' })).rejects.toThrow(/60322/);
});

test.each([
  [{ approveProbability: 0.7, denyProbability: 0.4 }, /1 at most in all/],
  [{ ignoreProbability: 1 }, /Unknown: ignoreProbability/],
])('%o is refused', async (habits, reason) => {
  await expect(setUser(habits)).rejects.toThrow(reason);
});
