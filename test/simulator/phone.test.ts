import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { Rig, type Pushed } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

function setPhone(settings: Record<string, unknown>): Promise<unknown> {
  return rig.sim('/devices/user-0001', settings);
}

/** The fate of each push, oldest first. */
async function fates(): Promise<(string | null)[]> {
  return (await rig.phone()).pushes.map((push) => push.dropReason ?? push.state);
}

test('an online phone gets the automatic push and each resend at once', async () => {
  const at = await rig.seed();
  await rig.advance(30);
  await rig.resend(at);
  const { pushes, alerts, rows } = await rig.phone();
  expect(pushes.map((push) => [push.source, push.deliveredAt])).toEqual([
    ['automatic', '2026-03-02T10:00:00.000Z'],
    ['notification', '2026-03-02T10:00:30.000Z'],
  ]);
  expect({ alerts, rows }).toEqual({ alerts: 2, rows: 1 });
});

describe('4 minutes offline with 2 resends', () => {
  test.each([
    ['apn', {}, 1, 1, ['replaced', 'replaced', 'delivered']],
    ['fcm', {}, 3, 1, ['delivered', 'delivered', 'delivered']],
    ['fcm', { collapsible: true }, 1, 1, ['replaced', 'replaced', 'delivered']],
    ['apn', { twilioFlood: true }, 3, 3, ['delivered', 'delivered', 'delivered']],
  ])('%s %o: %i alerts in %i rows', async (platform, switches, alerts, rows, expected) => {
    await rig.switch(switches);
    await setPhone({ platform, online: false });
    const at = await rig.seed();
    await rig.advance(60);
    await rig.resend(at);
    await rig.advance(60);
    await rig.resend(at);
    await rig.advance(120);
    expect((await rig.phone()).alerts).toBe(0);
    await setPhone({ online: true });
    expect(await fates()).toEqual(expected);
    expect(await rig.phone()).toMatchObject({ alerts, rows, useless: 0 });
  });

  test.each(['apn', 'fcm'])('%s: a ttl of 0 is tried once and forgotten', async (platform) => {
    await setPhone({ platform, online: false });
    const at = await rig.seed();
    await rig.resend(at, 'Ttl=0');
    await setPhone({ online: true });
    expect(await fates()).toEqual(['delivered', 'ttl-zero']);
  });

  test('of two resends with short ttls only the newest arrives', async () => {
    await setPhone({ platform: 'fcm', online: false });
    const at = await rig.seed();
    for (const ttl of ['Ttl=56', 'Ttl=200']) {
      await rig.advance(60);
      await rig.resend(at, ttl);
    }
    await rig.advance(120);
    await setPhone({ online: true });
    expect(await fates()).toEqual(['delivered', 'ttl-expired', 'delivered']);
  });

  test('a push is gone the moment its ttl ends', async () => {
    await setPhone({ platform: 'fcm', online: false });
    await rig.seed();
    await rig.advance(299);
    expect(await fates()).toEqual(['waiting']);
    await rig.advance(1);
    expect(await fates()).toEqual(['ttl-expired']);
  });
});

test('a push for a Challenge that is over arrives, and is useless', async () => {
  await setPhone({ online: false });
  const at = await rig.seed({ expiresInSeconds: 60 });
  await rig.advance(59);
  await rig.resend(at, 'Ttl=300');
  await rig.advance(10);
  await setPhone({ online: true });
  const { pushes, useless } = await rig.phone();
  expect(pushes.map((push: Pushed) => push.useless)).toEqual([true, true]);
  expect(useless).toBe(2);
});

test('apn keeps one push for all Challenges of the app', async () => {
  await setPhone({ platform: 'apn', online: false });
  await rig.seed();
  const { challengeSid } = await rig.seed();
  await setPhone({ online: true });
  const arrived = (await rig.phone()).pushes.filter((push) => push.state === 'delivered');
  expect(arrived.map((push) => push.challengeSid)).toEqual([challengeSid]);
});

test('apn may keep the older one', async () => {
  const unlucky = await Rig.start({ random: () => 0.9 });
  await unlucky.switch({ apnWinner: 'random' });
  await unlucky.sim('/devices/user-0001', { platform: 'apn', online: false });
  await unlucky.resend(await unlucky.seed());
  const states = (await unlucky.phone()).pushes.map((push) => push.state);
  await unlucky.stop();
  expect(states).toEqual(['waiting', 'dropped']);
});

test('the 101st push for an offline fcm phone discards all', async () => {
  await setPhone({ platform: 'fcm', online: false });
  for (let challenge = 0; challenge < 100; challenge += 1) await rig.seed();
  expect(new Set(await fates())).toEqual(new Set(['waiting']));
  await rig.seed();
  expect(new Set(await fates())).toEqual(new Set(['storage-full']));
  expect((await rig.phone()).storeDiscards).toBe(1);
});

test('a slow push arrives when its time has come, wherever the phone is then', async () => {
  await setPhone({ deliveryDelaySeconds: 5 });
  await rig.seed();
  await rig.advance(4);
  expect(await fates()).toEqual(['travelling']);
  await setPhone({ online: false });
  await rig.advance(1);
  expect(await fates()).toEqual(['waiting']);
});

test.each([
  [{ tokenStale: true }, 'stale-token'],
  [{ notificationsEnabled: false }, 'notifications-off'],
  [{ lossProbability: 1 }, 'lost'],
])('%o: Twilio says 201, the phone stays silent', async (settings, fate) => {
  await setPhone(settings);
  const at = await rig.seed();
  expect((await rig.resend(at)).status).toBe(201);
  expect(await fates()).toEqual([fate, fate]);
});

test.each([
  ['a stale token', () => setPhone({ tokenStale: true }), 52005, 'stale-token'],
  ['a rejected push credential', () => rig.switch({ pushCredential: 'rejected' }), 52005, 'credential-rejected'],
  ['no push credential', () => rig.switch({ pushCredential: 'missing' }), 52004, 'no-credential'],
])('%s: a resend is 201 all the same, and the debugger tells of each push', async (_name, breakIt, code, fate) => {
  await breakIt();
  const at = await rig.seed();
  await rig.advance(30);
  expect((await rig.resend(at)).status).toBe(201);
  expect(await fates()).toEqual([fate, fate]);
  expect(await rig.sim('/debugger')).toEqual([
    { at: '2026-03-02T10:00:00.000Z', code, message: expect.any(String), about: at.challengeSid },
    { at: '2026-03-02T10:00:30.000Z', code, message: expect.any(String), about: at.challengeSid },
  ]);
  await rig.sim('/reset', {});
  expect(await rig.sim('/debugger')).toEqual([]);
});

test('a push on its way is in the debugger when it arrives, not before', async () => {
  await setPhone({ tokenStale: true, deliveryDelaySeconds: 10 });
  await rig.seed();
  expect(await rig.sim('/debugger')).toEqual([]);
  await rig.advance(60);
  expect(await rig.sim('/debugger')).toMatchObject([{ at: '2026-03-02T10:00:10.000Z', code: 52005 }]);
});

test('a change of platform re-registers the app', async () => {
  const at = await rig.seed();
  await setPhone({ platform: 'none' });
  expect((await rig.resend(at)).status).toBe(400);
});

test('a Challenge made a while ago was pushed a while ago', async () => {
  await rig.seed({ ageSeconds: 40 });
  expect((await rig.phone()).pushes[0]?.deliveredAt).toBe('2026-03-02T09:59:20.000Z');
});
