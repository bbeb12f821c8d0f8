import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { Figures } from './figures.js';
import type { Random } from './random.js';
import type { OutsideRecord } from './outside-record.js';
import type { Schedule } from './schedule.js';
import type { Store } from './store.js';
import { currentTap } from './tap.js';
import type { Twilio } from './twilio.js';
import { CALM, type FaultRates } from './fault-rates.js';

/** Everything that one history is played in. */
export interface World {
  readonly random: Random;
  readonly schedule: Schedule;
  readonly twilio: Twilio;
  readonly store: Store;
  readonly record: OutsideRecord;
  readonly policy: ResendPolicy;
  readonly deadlines: Deadlines;
  readonly figures: Figures;
  faultRates: FaultRates;
  /** The ledger can not be reached before this. */
  cutOffUntil: number;
  /** What the ledger's clock is off by while it serves a process: 0, unless it believes its callers' clocks. */
  readonly skewMs: (process: number) => number;
  /** Writes a line of the history, where somebody wants to read it. */
  readonly tell: (line: () => string) => void;
}

export function currentFaultRates(world: World): FaultRates {
  return currentTap.getStore()?.isSmooth ? CALM : world.faultRates;
}
