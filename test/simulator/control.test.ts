import { readFile } from 'node:fs/promises';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { faultKinds } from '../../apps/simulator/src/fault-kinds.js';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { defaultSwitches } from '../../apps/simulator/src/switches.js';
import { Rig } from './rig.js';

let rig: Rig;

beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig.stop());

test('GET /_sim tells what the simulator accepts', async () => {
  const { accountSid, apiKeySid, apiKeySecret, authToken, serviceSid, url } = rig.running;
  expect(await rig.sim('')).toEqual({ accountSid, apiKeySid, apiKeySecret, authToken, serviceSid, baseUrl: url });
  expect([accountSid, apiKeySid, serviceSid].map((sid) => /^(AC|SK|VA)[0-9a-f]{32}$/.test(sid))).toEqual([
    true,
    true,
    true,
  ]);
});

describe('making a Challenge', () => {
  test('answers with its whereabouts', async () => {
    expect(await rig.seed()).toEqual({
      serviceSid: rig.running.serviceSid,
      identity: 'user-0001',
      challengeSid: expect.stringMatching(/^YC[0-9a-f]{32}$/),
    });
  });

  test.each([
    [{}, '10:00:00', '10:05:00'],
    [{ ageSeconds: 40 }, '09:59:20', '10:04:20'],
    [{ expiresInSeconds: 30 }, '10:00:00', '10:00:30'],
    [{ ageSeconds: 700, expiresInSeconds: 60 }, '09:48:20', '10:01:00'],
    [{ expiresInSeconds: 0 }, '10:00:00', '10:00:00'],
  ])('%o: from %s to %s', async (fields, from, to) => {
    const { dateCreated, expirationDate } = await rig.challenge(await rig.seed(fields)).fetch();
    expect(dateCreated).toEqual(new Date(`2026-03-02T${from}Z`));
    expect(expirationDate).toEqual(new Date(`2026-03-02T${to}Z`));
  });

  test.each([
    [{ identity: 'short' }, /identity must be/],
    [{ identity: undefined }, /identity is required/],
    [{ ageSeconds: 3000, expiresInSeconds: 601 }, /60 minutes/],
    [{ expiresIn: 5 }, /Unknown: expiresIn\. Known: identity/],
    [{ platform: 'ios' }, /platform must be one of apn, fcm, none/],
  ])('%o is refused with a reason', async (fields, reason) => {
    await expect(rig.seed(fields)).rejects.toThrow(reason);
  });
});

describe('the clock', () => {
  test('moves by what is asked, and takes the Date header along', async () => {
    const at = await rig.seed();
    expect(await rig.advance(61.5)).toEqual({ now: '2026-03-02T10:01:01.500Z', frozen: false });
    expect((await rig.fetchChallenge(at)).headers.get('date')).toBe('Mon, 02 Mar 2026 10:01:01 GMT');
  });

  test('stands still when frozen, and goes on from there', async () => {
    let source = 1_000_000;
    const ticking = await Rig.start({ now: () => source });
    const now = async () => (await ticking.sim<{ now: string }>('/clock')).now;
    await ticking.sim('/clock', { frozen: true });
    source += 5000;
    expect(await now()).toBe(new Date(1_000_000).toISOString());
    await ticking.advance(2);
    expect(await now()).toBe(new Date(1_002_000).toISOString());
    await ticking.sim('/clock', { frozen: false });
    source += 1000;
    expect(await now()).toBe(new Date(1_003_000).toISOString());
    await ticking.stop();
  });

  test('does not run backwards', async () => {
    await expect(rig.advance(-1)).rejects.toThrow(/advanceSeconds must be a number from 0/);
  });
});

describe('switches', () => {
  test('start at their defaults and change one by one', async () => {
    expect(await rig.sim('/switches')).toEqual(defaultSwitches);
    await rig.switch({ expiryLagSeconds: 3 });
    expect(await rig.sim('/switches')).toEqual({ ...defaultSwitches, expiryLagSeconds: 3 });
  });

  test.each([
    [{ initialPushCount: true }, /Unknown: initialPushCount/],
    [{ initialPushCounts: 'false' }, /true or false/],
    [{ throttleRetryAfterSeconds: 1.5 }, /whole number/],
  ])('%o is refused', async (switches, reason) => {
    await expect(rig.switch(switches)).rejects.toThrow(reason);
  });
});

test('reset forgets everything but the account', async () => {
  const at = await rig.seed();
  await rig.fault('fetchChallenge', 'error-empty');
  await rig.switch({ initialPushCounts: false });
  await rig.advance(100);
  await rig.sim('/reset', {});
  expect((await rig.fetchChallenge(at)).status).toBe(404);
  expect(await rig.journal()).toHaveLength(1);
  expect(await rig.sim('/switches')).toEqual(defaultSwitches);
  expect(await rig.sim('/clock')).toEqual({ now: '2026-03-02T10:00:00.000Z', frozen: false });
  await expect(rig.phone()).rejects.toThrow(/404/);
});

test.each([
  ['/challenges/YC0', 'GET', undefined, 404],
  ['/devices/nobody-here', 'GET', undefined, 404],
  ['/nowhere', 'GET', undefined, 404],
  ['/challenges', 'POST', '{"identity"', 400],
  ['/challenges', 'POST', '[]', 400],
])('%s %s with %s answers %i and a sentence', async (path, method, body, status) => {
  const answer = await fetch(`${rig.url}/_sim${path}`, body === undefined ? { method } : { method, body });
  expect(answer.status).toBe(status);
  expect(await answer.json()).toEqual({ error: expect.stringMatching(/\.$/) });
});

test('a page of another site can not steer it', async () => {
  const headers = { 'sec-fetch-site': 'cross-site' };
  expect((await fetch(`${rig.url}/_sim/reset`, { method: 'POST', headers })).status).toBe(403);
});

test('a simulator can be stopped and started again, not started twice', async () => {
  const simulator = new Simulator();
  const { port } = await simulator.start({ port: 0 });
  await expect(simulator.start({ port: 0 })).rejects.toThrow(/runs already/);
  await simulator.stop();
  await expect(fetch(`http://127.0.0.1:${port}/_sim`)).rejects.toThrow(/fetch failed/);
  const again = await simulator.start({ port });
  expect((await fetch(`${again.url}/_sim`)).status).toBe(200);
  await simulator.stop();
});

test('the README explains every fault and every switch', async () => {
  const readme = await readFile(new URL('../../apps/simulator/README.md', import.meta.url), 'utf8');
  const missing = [...Object.keys(faultKinds), ...Object.keys(defaultSwitches)].filter(
    (name) => !readme.includes(`| \`${name}\``),
  );
  expect(missing).toEqual([]);
});
