import type { Deadlines } from '@resend/policy.js';
import type { Random } from './random.js';

/** How likely each fault is in one history. */
export interface FaultRates {
  readonly lost: number;
  readonly slow: number;
  readonly twice: number;
  readonly twilioFault: number;
  /** At an exchange, before its reply is read. */
  readonly crash: number;
  readonly pause: number;
  /** Of a tap: its process is late for every answer of Twilio's. */
  readonly dawdle: number;
}

export const CALM: FaultRates = { lost: 0, slow: 0, twice: 0, twilioFault: 0, crash: 0, pause: 0, dawdle: 0 };

/** A third of the histories is calm, so that taps meet boundaries; the others have some kinds of faults, and much of them. */
export function faultRatesOf(random: Random): FaultRates {
  const isCalm = random.chance(1 / 3);
  const upTo = (most: number) => (isCalm || random.chance(0.4) ? 0 : random.next() * most);
  return {
    lost: upTo(0.2),
    slow: upTo(0.6),
    twice: upTo(0.3),
    twilioFault: upTo(0.6),
    crash: upTo(0.08),
    pause: upTo(0.3),
    dawdle: random.chance(0.5) ? 0 : upTo(0.6),
  };
}

/** What becomes of one request and its reply. Absent times: lost on the way. */
export interface Fate {
  readonly requestMs?: number;
  readonly replyMs?: number;
  /** The request arrives a second time, so much later. */
  readonly againMs?: number;
}

export function ledgerFate(random: Random, faultRates: FaultRates): Fate {
  const delayMs = () =>
    random.chance(faultRates.slow) ? random.pick([1, 5, 120, 249, 250, 251, 2000, 9999, 10_001]) : 0;
  return {
    ...(!random.chance(faultRates.lost) && { requestMs: delayMs() }),
    ...(!random.chance(faultRates.lost) && { replyMs: delayMs() }),
    ...(random.chance(faultRates.twice) && { againMs: random.pick([0, 1, 300, 2000, 9999, 10_000, 10_001, 30_000]) }),
  };
}

/** @param deadlineMs what reaches Twilio later than this has been given up, and its connection closed */
export function twilioFate(random: Random, faultRates: FaultRates, deadlineMs: number): Fate {
  const delayMs = () =>
    random.chance(faultRates.slow) ? random.pick([1, 80, 700, deadlineMs - 1, deadlineMs, deadlineMs + 500]) : 0;
  const requestMs = delayMs();
  return {
    ...(!random.chance(faultRates.lost) && requestMs < deadlineMs && { requestMs }),
    ...(!random.chance(faultRates.lost) && { replyMs: delayMs() }),
  };
}

/** How long a process holds a request back before it leaves: the event loop is busy, or no socket is free. */
export function stallMs(random: Random, faultRates: FaultRates, { dispatchToSendMs }: Deadlines): number {
  if (!random.chance(faultRates.slow)) return 0;
  return random.pick([1, dispatchToSendMs - 1, dispatchToSendMs, dispatchToSendMs + 1, 4000, 11_000]);
}

export type FetchFault = 'none' | 'throttled' | 'server error' | 'no connection';
export type CreateFault = FetchFault | 'server error after' | 'rejected';

export function fetchFault(random: Random, { twilioFault }: FaultRates): FetchFault {
  return random.chance(twilioFault) ? random.pick(['throttled', 'server error', 'no connection'] as const) : 'none';
}

export function createFault(random: Random, { twilioFault }: FaultRates): CreateFault {
  if (!random.chance(twilioFault)) return 'none';
  return random.pick(['throttled', 'server error', 'server error after', 'no connection', 'rejected'] as const);
}
