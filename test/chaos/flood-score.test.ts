import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { BACKENDS, type Backend, floodScore, type FloodScore, floodTable, type Phone, PHONES } from './flood-score.js';

const phones = Object.keys(PHONES) as Phone[];
const scores: FloodScore[] = [];
let rig: Rig | undefined;

beforeAll(async () => {
  rig = await startRig({ THROTTLE_SESSION_PER_MINUTE: '100000', THROTTLE_ADDRESS_PER_MINUTE: '100000' });
  for (const phone of phones) {
    for (const backend of BACKENDS) scores.push(await floodScore(rig, phone, backend));
  }
});
afterAll(() => rig?.close());

function scoreOf(phone: Phone, backend: Backend): FloodScore {
  const score = scores.find((one) => one.phone === phone && one.backend === backend);
  if (!score) throw new Error('not scored');
  return score;
}

describe.each(phones)('an impatient user whose phone was offline (%s)', (phone) => {
  test('an offline phone receives at most one resend of a Challenge besides its automatic push', () => {
    const { resendsOfOneChallenge, alertsOnReconnect } = scoreOf(phone, 'Push Resend');
    expect(resendsOfOneChallenge).toBe(1);
    expect(alertsOnReconnect).toBeLessThanOrEqual(2);
  });

  test('hears nothing that is of no use', () => {
    expect(scoreOf(phone, 'Push Resend').useless).toBe(0);
  });

  test('costs fewer pushes, rings and calls than with a locked button, and those fewer than without', () => {
    const [naive, locked, ours] = BACKENDS.map((backend) => scoreOf(phone, backend));
    for (const figure of ['pushes', 'alerts', 'callsToTwilio'] as const) {
      expect(ours?.[figure]).toBeLessThan(locked?.[figure] ?? 0);
      expect(locked?.[figure]).toBeLessThan(naive?.[figure] ?? 0);
    }
  });
});

test.each(['FCM', 'as Twilio’s page has it'] as const)('the naive backends flood the phone (%s)', (phone) => {
  const ours = scoreOf(phone, 'Push Resend').alertsOnReconnect;
  const locked = scoreOf(phone, 'naive, button locked for 30 s').alertsOnReconnect;
  expect(locked).toBeGreaterThan(2 * ours);
  expect(scoreOf(phone, 'naive').alertsOnReconnect).toBeGreaterThan(3 * locked);
});

test('the table in the documentation is the one measured here', () => {
  const page = readFileSync(new URL('../../docs/how-it-works.md', import.meta.url), 'utf8');
  const rows = new Set(page.split('\n').map((row) => row.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---')));
  const table = floodTable(scores);
  const missing = table.filter((row) => !rows.has(row));
  expect(missing, `the table is:\n${table.join('\n')}`).toEqual([]);
});
