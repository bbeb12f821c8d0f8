/**
 * Many commands at once over many connections to one Redis. The order in which Redis ran them is taken from outside,
 * with MONITOR; played again in that order on the rules, every command must have been answered the same, and none may
 * have run before one that had been answered when it was sent. LINEARIZABLE_COMMANDS plays more or fewer.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { ChallengeFact, LedgerCommand, LedgerOperation, Standing } from '@resend/ports.js';
import { NOTHING, RULES, type UserState } from '@ledger/rules.js';
import { Random } from '../simulation/random.js';
import { ownCorner } from '../support/redis.js';
import { openInRedis, POLICY, type RedisLedgerOnTestClock } from '../support/ledger-on-test-clock.js';
import { answered, pending, webhook } from '../support/ledger-user.js';

const { LINEARIZABLE_COMMANDS: commands = '50000' } = process.env;
const CONNECTIONS = 8;
/** Under way at once on each connection. */
const AT_ONCE = 12;
const USERS = 120;

interface Call {
  readonly user: string;
  readonly operation: LedgerOperation;
  readonly command: { readonly id?: string; readonly challengeSid?: string; readonly fact?: ChallengeFact };
  /** The ledger's time for it. */
  readonly now: number;
  /** Readings of one counter, when it was sent and when its answer came. */
  readonly sent: number;
  answeredAt: number;
  answer: unknown;
}

test('concurrent commands get the results of the rules, in the order Redis ran them', {
  timeout: 3_600_000,
}, async () => {
  const worlds = await Promise.all(Array.from({ length: CONNECTIONS }, () => openInRedis()));
  const corner = ownCorner();
  const { keyPrefix: prefix } = corner;
  const calls: Call[] = [];
  const order: number[] = [];
  await Promise.all(worlds.map((world) => world.ledger.peek('nobody', 'YC')));
  const monitor = await corner.redis.monitor();
  const allSeen = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, args: readonly string[], source: string) => {
      if (source === 'lua' || args[0]?.toLowerCase() !== 'evalsha' || !args[3]?.startsWith(prefix)) return;
      order.push((JSON.parse(args[6] ?? '') as { call: number }).call);
      if (order.length === Number(commands)) resolve();
    });
  });
  try {
    const plot = new Plot(prefix, calls, Number(commands));
    await Promise.all(worlds.flatMap((world) => Array.from({ length: AT_ONCE }, () => plot.play(world))));
    await allSeen;
  } finally {
    monitor.disconnect();
    const names = await corner.keys();
    if (names.length > 0) await corner.redis.unlink(...names);
    corner.redis.disconnect();
    for (const world of worlds) await world[Symbol.asyncDispose]();
  }

  expect(new Set(order).size).toBe(calls.length);
  const ran = order.flatMap((number) => calls[number] ?? []);
  expect(outOfOrder(ran)).toEqual([]);
  const { different, kinds } = replay(ran);
  console.log(`${ran.length} commands: ${JSON.stringify(Object.fromEntries(kinds))}`);
  expect(different).toEqual([]);
  expect(kinds.get('dispatched')).toBeGreaterThan(ran.length / 200);
  expect(kinds.get('an end')).toBeGreaterThan(ran.length / 500);
});

/** Everybody does everything, as fast as Redis answers, while the clock goes on and is now and then set back. */
class Plot {
  private readonly random = new Random(1);
  private readonly open: { readonly user: string; readonly id: string; readonly challengeSid: string }[] = [];
  private now = Date.UTC(2026, 2, 2, 10, 0, 0);
  private counter = 0;

  constructor(
    private readonly prefix: string,
    private readonly calls: Call[],
    private readonly limit: number,
  ) {}

  async play(world: RedisLedgerOnTestClock): Promise<void> {
    const redis = world.redis as typeof world.redis & { pushResendLedger?: (...args: string[]) => Promise<string> };
    while (this.calls.length < this.limit) {
      this.now += this.random.pick([0, 0, 0, 1, 1, 40, 100, -3]);
      const { user, operation, command } = this.next();
      const call: Call = {
        user,
        operation,
        command,
        now: this.now,
        sent: (this.counter += 1),
        answeredAt: Infinity,
        answer: undefined,
      };
      const number = this.calls.push(call) - 1;
      world.clock.now = this.now;
      const key = `${this.prefix}{${user}}`;
      const json = JSON.stringify({ ...command, call: number });
      const answer = await redis.pushResendLedger?.(key, `${key}:block`, operation, json, JSON.stringify(POLICY));
      call.answeredAt = this.counter += 1;
      call.answer = JSON.parse(answer ?? 'null');
      const isGranted = operation === 'reserve' && (call.answer as { kind: string }).kind === 'granted';
      const { id, challengeSid } = command;
      if (isGranted && id !== undefined && challengeSid !== undefined) this.open.push({ user, id, challengeSid });
    }
  }

  private next(): Pick<Call, 'user' | 'operation' | 'command'> {
    const { random } = this;
    const user = `user-${random.between(1, USERS)}`;
    const challengeSid = `YC-${user}-${Math.floor(this.now / 60_000)}-${random.between(1, 3)}`;
    const weights = {
      reserve: 10,
      dispatch: 6,
      settle: 5,
      peek: 3,
      overview: 1,
      look: 2,
      learn: 2,
      reset: 1,
      block: 0.2,
      unblock: 1,
    };
    const operation = random.weighted(weights);
    const own = this.open.length > 0 ? random.pick(this.open.slice(-10)) : { user, challengeSid, id: 'nothing' };
    switch (operation) {
      case 'reserve': {
        const hash = `key-${random.between(1, 400)}`;
        const key = random.chance(0.3) ? { key: { hash, request: challengeSid } } : {};
        return { user, operation, command: { id: `r${this.calls.length}`, challengeSid, ...key } };
      }
      case 'dispatch':
        return { user: own.user, operation, command: { id: own.id, challengeSid: own.challengeSid, fact: pending() } };
      case 'settle': {
        const outcome = random.pick(['sent', 'sent', 'notSent', 'unknown'] as const);
        const settlement = outcome === 'sent' ? { outcome, sid: `NT-${own.id}`, ttlSeconds: 9 } : { outcome };
        const fact = outcome === 'notSent' && random.chance(0.3) ? { fact: answered('approved', 40) } : {};
        const command = { id: own.id, challengeSid: own.challengeSid, settlement, ...fact };
        return { user: own.user, operation, command };
      }
      case 'learn': {
        const fact = random.pick([
          pending(),
          answered('approved', 2000),
          answered('approved'),
          answered('denied', 599_000),
          webhook('approved'),
          webhook('approved'),
          { kind: 'expired' } as const,
        ]);
        return { user, operation, command: { challengeSid, fact } };
      }
      case 'block':
        return { user, operation, command: { durationMs: 500 } as object };
      case 'peek': {
        const fact = random.chance(0.3)
          ? { fact: random.pick([pending(), answered('denied'), webhook('denied')]) }
          : {};
        return { user, operation, command: { challengeSid, ...fact } };
      }
      case 'look':
        return { user, operation, command: { challengeSid } };
      case 'overview':
      case 'reset':
      case 'unblock':
        return { user, operation, command: {} };
    }
  }
}

/** Commands that ran after one that was sent only when they had been answered. */
function outOfOrder(ran: readonly Call[]): Call[] {
  let earliestAnswerLater = Infinity;
  return ran.toReversed().filter((call) => {
    const isLate = earliestAnswerLater < call.sent;
    earliestAnswerLater = Math.min(earliestAnswerLater, call.answeredAt);
    return isLate;
  });
}

/** Plays them one after the other on the rules. */
function replay(ran: readonly Call[]): { different: unknown[]; kinds: Map<string, number> } {
  const users = new Map<string, UserState>();
  const different: unknown[] = [];
  const kinds = new Map<string, number>();
  for (const call of ran) {
    const { state, answer } = step(users.get(call.user) ?? NOTHING, call.operation, call.command, call.now);
    users.set(call.user, state);
    const expected = JSON.parse(JSON.stringify(answer));
    if (call.operation === 'overview' && expected.challenges.length === 0) delete expected.challenges;
    if (!isDeepStrictEqual(call.answer, expected)) different.push({ call, expected });
    const { kind = call.operation, standing = expected } = expected as { kind?: string; standing?: Standing };
    for (const one of standing.ended ? [kind, 'an end'] : [kind]) kinds.set(one, (kinds.get(one) ?? 0) + 1);
  }
  return { different, kinds };
}

function step<Op extends LedgerOperation>(state: UserState, operation: Op, command: LedgerCommand<Op>, now: number) {
  return RULES[operation](state, command, now, POLICY);
}
