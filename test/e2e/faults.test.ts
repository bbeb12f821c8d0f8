import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FaultKind } from '../../apps/simulator/src/fault-kinds.js';
import { type Rig, startRig } from '../support/rig.js';

/** What the caller is told, and what becomes of the reservation. */
type Told = readonly [code: string, settlement: 'sent' | 'notSent' | 'unknown'];

const sent: Told = ['none', 'sent'];
const unavailable: Told = ['provider-unavailable', 'notSent'];
const unusable: Told = ['provider-error', 'notSent'];
const throttled: Told = ['provider-throttled', 'notSent'];
const unknown: Told = ['delivery-unknown', 'unknown'];
const rejected: Told = ['provider-rejected', 'notSent'];
const usedUp: Told = ['challenge-limit', 'notSent'];

/** Every way of Twilio to fail: when it is asked for the Challenge, and when it is told to send. */
const TOLD: Readonly<Record<FaultKind, { fetchChallenge: Told; createNotification?: Told }>> = {
  delay: { fetchChallenge: unavailable, createNotification: unknown },
  drip: { fetchChallenge: unavailable, createNotification: unknown },
  'never-answer': { fetchChallenge: unavailable, createNotification: unknown },
  'accept-then-reset': { fetchChallenge: unavailable, createNotification: unknown },
  'reset-before': { fetchChallenge: unavailable, createNotification: unknown },
  'close-reused-socket': { fetchChallenge: sent, createNotification: unknown },
  'error-json': { fetchChallenge: unavailable, createNotification: unknown },
  'error-html': { fetchChallenge: unavailable, createNotification: unknown },
  'error-empty': { fetchChallenge: unavailable, createNotification: unknown },
  'error-null': { fetchChallenge: unavailable, createNotification: unknown },
  'html-success': { fetchChallenge: unusable, createNotification: unknown },
  'truncated-body': { fetchChallenge: unusable, createNotification: unknown },
  'endless-body': { fetchChallenge: unavailable, createNotification: unknown },
  'huge-body': { fetchChallenge: unusable, createNotification: unknown },
  'redirect-json': { fetchChallenge: unusable, createNotification: unknown },
  'redirect-html': { fetchChallenge: unusable, createNotification: unknown },
  throttled: { fetchChallenge: throttled, createNotification: throttled },
  'throttled-retry-after': { fetchChallenge: throttled, createNotification: throttled },
  'throttled-retry-after-date': { fetchChallenge: throttled, createNotification: throttled },
  'challenge-limit': { fetchChallenge: usedUp, createNotification: usedUp },
  unauthorized: { fetchChallenge: rejected, createNotification: rejected },
  'missing-dates': { fetchChallenge: unusable, createNotification: sent },
  'missing-date-header': { fetchChallenge: unusable, createNotification: sent },
  'unknown-status': { fetchChallenge: unusable },
  'other-sid': { fetchChallenge: unusable, createNotification: unknown },
  'other-identity': { fetchChallenge: unusable, createNotification: sent },
  'problem-body': { fetchChallenge: unusable, createNotification: unusable },
  gzip: { fetchChallenge: unusable, createNotification: unknown },
};

/** These go on until a deadline ends them. */
const ENDED_BY_DEADLINE: ReadonlySet<string> = new Set<FaultKind>(['delay', 'drip', 'never-answer', 'endless-body']);

// One socket, so that a create meets the one that its fetch has used.
const environment = {
  TWILIO_MAX_CONCURRENT: '1',
  TWILIO_BREAKER_FAILURES: '1000',
  THROTTLE_ADDRESS_PER_MINUTE: '10000',
};

/** So slow that the deadline comes first. */
const SLOWNESS: Readonly<Record<string, object>> = { delay: { delayMs: 5000 }, 'endless-body': { delayMs: 1000 } };

let patient: Rig;
/** Soon at their deadline with the operation that fails. What is asked afterwards must still come in time. */
let impatient: Readonly<Record<string, Rig>>;
beforeAll(async () => {
  patient = await startRig(environment);
  impatient = {
    fetchChallenge: await startRig({ ...environment, TWILIO_FETCH_DEADLINE_MS: '1000' }),
    createNotification: await startRig({ ...environment, TWILIO_CREATE_DEADLINE_MS: '150' }),
  };
});
afterAll(async () => {
  for (const rig of [patient, ...Object.values(impatient)]) await rig.close();
});

const table = Object.entries(TOLD).flatMap(([kind, byOperation]) =>
  Object.entries(byOperation).map(([operation, [code, settlement]]) => ({ operation, kind, code, settlement })),
);

test.each(table)('$operation, $kind: the caller is told $code, and it is settled $settlement', async (row) => {
  const { operation, kind, code, settlement } = row;
  const rig = (ENDED_BY_DEADLINE.has(kind) && impatient[operation]) || patient;
  const screen = await rig.login();
  const before = await settled(rig);
  await rig.simulate('POST', '/faults', { operation, kind, times: 10, ...SLOWNESS[kind] });
  const answer = await screen.tap({ key: 'press-0001' });
  await rig.simulate('DELETE', '/faults');
  expect(answer.body.code ?? 'none').toBe(code);
  expect(await settled(rig)).toEqual({ ...before, [settlement]: (before[settlement] ?? 0) + 1 });

  const again = await screen.tap({ key: 'press-0001' });
  const repeated = { sent: 201, unknown: 504, notSent: code === 'challenge-limit' ? 429 : 201 } as const;
  expect(again.status).toBe(repeated[settlement]);
  expect(again.headers['idempotent-replayed']).toBe(settlement === 'notSent' ? undefined : 'true');
});

/** What is counted so far, by settlement. */
async function settled({ ops }: Rig): Promise<Record<string, number>> {
  const { text } = await ops.get('/metrics').expect(200);
  const counted = text.matchAll(/^push_resend_reservations_total\{settlement="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...counted].map(([, settlement, count]) => [settlement, Number(count)]));
}
