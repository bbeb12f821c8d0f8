import { isDeepStrictEqual } from 'node:util';
import type { Ledger } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import * as rules from '@ledger/rules.js';
import { openInRedis, TestClock } from '../support/ledger-on-test-clock.js';

/** Where the ledger of a history is kept. */
export interface Store {
  readonly ledger: Ledger;
  readonly clock: { now: number };
  /** A ledger that knows nobody but this user. */
  aloneWith(identity: string): Ledger;
  /** All that is remembered of a user, cleared of what is over; undefined where it can not be seen. */
  remembered(identity: string): string | undefined;
  isSame(answer: unknown, other: unknown): boolean;
  /** Called before each command, so that it can be lost. */
  beforeWrite(identity: string): Promise<void>;
  /** What is stored although all of it is over by the clock; in Redis, what would never end by itself. */
  leftBehind(): Promise<readonly string[]>;
  /** Forgets every write after this time. */
  loseWritesAfter(time: number): Promise<void>;
  close(): Promise<void>;
}

export type LedgerClass = new (policy: ResendPolicy, now: () => number) => InProcessLedger;

interface Write {
  readonly at: number;
  readonly undo: () => Promise<void>;
}

/** In memory. @param Ledger_ the real one, or one with a defect */
export function inProcess(policy: ResendPolicy, canLose: boolean, Ledger_: LedgerClass = InProcessLedger): Store {
  const clock = new TestClock();
  const open = () => new Ledger_(policy, () => clock.now);
  const ledger = open();
  const alone = everyUserAlone(open);
  const writes: Write[] = [];
  return {
    ledger,
    clock,
    aloneWith: alone.of,
    remembered: (identity) => {
      const state = ledger['users'].get(identity)?.state ?? rules.NOTHING;
      return JSON.stringify(rules.peek(state, { challengeSid: '' }, clock.now, policy).state);
    },
    isSame: (answer, other) => JSON.stringify(answer) === JSON.stringify(other),
    beforeWrite: async (identity) => {
      if (!canLose) return;
      const undos = [undoOf(ledger, identity), undoOf(alone.of(identity), identity)];
      writes.push({ at: clock.now, undo: async () => undos.forEach((undo) => undo()) });
    },
    leftBehind: async () => {
      await ledger.peek('somebody-else', '');
      return [...ledger['users'].keys()];
    },
    loseWritesAfter: (time) => lose(writes, time),
    close: async () => {},
  };
}

/** In the real Redis, by the real script on the history's clock; every answer is held against the rules'. */
export async function inRedis(policy: ResendPolicy, canLose: boolean): Promise<Store> {
  const { ledger, clock, redis, keys, [Symbol.asyncDispose]: close } = await openInRedis(policy);
  const alone = everyUserAlone(() => new InProcessLedger(policy, () => clock.now));
  const writes: Write[] = [];
  return {
    ledger,
    clock,
    aloneWith: alone.of,
    remembered: () => undefined,
    isSame: (answer, other) => isDeepStrictEqual(plain(answer), plain(other)),
    beforeWrite: async (identity) => {
      if (!canLose) return;
      const names = await keys();
      const values = await Promise.all(names.map((name) => redis.getBuffer(name)));
      const undoAlone = undoOf(alone.of(identity), identity);
      const undo = async () => {
        const now = await keys();
        if (now.length > 0) await redis.unlink(...now);
        for (const [index, name] of names.entries()) await redis.set(name, values[index] ?? '', 'PX', 86_400_000);
        undoAlone();
      };
      writes.push({ at: clock.now, undo });
    },
    leftBehind: async () => {
      const names = await keys();
      const left = await Promise.all(names.map((name) => redis.pttl(name)));
      return names.filter((_, index) => left[index] === -1);
    },
    loseWritesAfter: (time) => lose(writes, time),
    close: async () => close(),
  };
}

function everyUserAlone(open: () => InProcessLedger) {
  const ledgers = new Map<string, InProcessLedger>();
  const of = (identity: string) => {
    const ledger = ledgers.get(identity) ?? open();
    ledgers.set(identity, ledger);
    return ledger;
  };
  return { of };
}

function undoOf(ledger: InProcessLedger, identity: string): () => void {
  const { users } = { users: ledger['users'] };
  const before = users.get(identity);
  return () => void (before ? users.set(identity, before) : users.delete(identity));
}

async function lose(writes: Write[], time: number): Promise<void> {
  for (let last = writes.at(-1); last && last.at > time; last = writes.at(-1)) {
    await last.undo();
    writes.pop();
  }
}

/** As it looks after a journey through JSON. */
function plain(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer));
}
