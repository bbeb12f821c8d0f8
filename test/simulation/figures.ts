import { addCounts, type Counts, countsInWords } from './probes.js';

/** What was played. */
export interface Figures {
  seeds: number;
  taps: number;
  /** Notifications that Twilio created. */
  sends: number;
  /** Commands that the ledger ran. */
  commands: number;
  /** That Twilio sent, repetitions included. */
  webhooks: number;
  /** Ends of Challenges that the ledger told. */
  ends: number;
  faults: Record<Fault, number>;
  readonly probes: Counts;
}

export type Fault =
  | 'lost message'
  | 'slow message'
  | 'repeated message'
  | 'Twilio fault'
  | 'crash'
  | 'pause'
  | 'cut off'
  | 'failover';

export function noFigures(): Figures {
  const faults = {
    'lost message': 0,
    'slow message': 0,
    'repeated message': 0,
    'Twilio fault': 0,
    crash: 0,
    pause: 0,
    'cut off': 0,
    failover: 0,
  };
  return { seeds: 0, taps: 0, sends: 0, commands: 0, webhooks: 0, ends: 0, faults, probes: new Map() };
}

export function add(sum: Figures, more: Figures): void {
  sum.seeds += more.seeds;
  sum.taps += more.taps;
  sum.sends += more.sends;
  sum.commands += more.commands;
  sum.webhooks += more.webhooks;
  sum.ends += more.ends;
  for (const fault of Object.keys(sum.faults) as Fault[]) sum.faults[fault] += more.faults[fault];
  addCounts(sum.probes, more.probes);
}

export function figuresInWords({ seeds, taps, sends, commands, webhooks, ends, faults, probes }: Figures): string {
  const each = Object.entries(faults).map(([fault, count]) => `${count} × ${fault}`);
  const learnt = `${webhooks} webhooks, ${ends} ends told`;
  const played = `${seeds} seeds: ${taps} taps, ${sends} sends, ${commands} ledger commands, ${learnt}`;
  return `${played}; ${each.join(', ')}\n${countsInWords(probes)}`;
}
