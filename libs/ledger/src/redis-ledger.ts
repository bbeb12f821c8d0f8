import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResendPolicy } from '@resend/policy.js';
import {
  type ChallengeFact,
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type Looked,
  type Overview,
  type ReserveCommand,
  type Reserved,
  type SettleCommand,
  type Settled,
  type Standing,
} from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import type { LedgerCall } from './ledger-call.js';
import type { RedisConnection } from '@redis/connection.js';
import { type ReplicaOptions, Replicas } from '@redis/replicas.js';

/** The script behind every operation; its header is the contract. */
export const LEDGER_SCRIPT = readFileSync(new URL('./ledger.lua', import.meta.url), 'utf8');

/** Pauses between the attempts to settle, in milliseconds. Settling twice is safe: only the first word counts. */
const SETTLE_RETRY_MS = [50, 200];

export interface RedisLedgerOptions {
  readonly policy: ResendPolicy;
  /** Names a user without telling who it is. */
  readonly hashOf: (identity: string) => string;
  /** In front of every key. */
  readonly keyPrefix: string;
  /** Given: a dispatch counts only once replicas have it, and fails otherwise. */
  readonly replicas?: ReplicaOptions;
  readonly onCall?: (call: LedgerCall) => void;
}

type Scripted = { pushResendLedger?: (...args: string[]) => Promise<string> };

/** The ledger in Redis: one round trip and one script an operation, shared by all instances. */
export class RedisLedger extends Ledger {
  private readonly policy: string;
  private readonly replicas: Replicas | undefined;

  /** @param redis configured so that no command is sent twice and none waits for a connection: `connection.ts` of libs/redis */
  constructor(
    private readonly redis: RedisConnection & Scripted,
    private readonly options: RedisLedgerOptions,
  ) {
    super();
    this.policy = JSON.stringify(options.policy);
    this.replicas = options.replicas && new Replicas(redis, options.replicas);
    scripted(redis);
  }

  override reserve(identity: string, command: ReserveCommand): Promise<Reserved> {
    return this.run('reserve', identity, command);
  }

  override dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    const { replicas } = this;
    if (!replicas) return this.run('dispatch', identity, command);
    return this.run('dispatch', identity, command, (args) =>
      replicas.confirmed(args[0] ?? '', async (connection) => scripted(connection).pushResendLedger?.(...args)),
    );
  }

  override async settle(identity: string, command: SettleCommand): Promise<Settled> {
    for (const pauseMs of SETTLE_RETRY_MS) {
      try {
        return await this.run('settle', identity, command);
      } catch {
        await sleep(pauseMs);
      }
    }
    return this.run('settle', identity, command);
  }

  override peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.run('peek', identity, { challengeSid, fact });
  }

  override async overview(identity: string): Promise<Overview> {
    // Lua has one word for an empty list and an empty map, and leaves it out.
    return { challenges: [], ...(await this.run<Omit<Overview, 'challenges'>>('overview', identity, {})) };
  }

  override look(identity: string, challengeSid: string): Promise<Looked> {
    return this.run('look', identity, { challengeSid });
  }

  override learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.run('learn', identity, { challengeSid, fact });
  }

  override async reset(identity: string): Promise<void> {
    await this.run('reset', identity, {});
  }

  override async block(identity: string, durationMs: number): Promise<void> {
    await this.run('block', identity, { durationMs });
  }

  override async unblock(identity: string): Promise<void> {
    await this.run('unblock', identity, {});
  }

  private async run<Answer>(
    operation: LedgerCall['operation'],
    identity: string,
    command: object,
    send = async (args: string[]) => this.redis.pushResendLedger?.(...args),
  ): Promise<Answer> {
    const user = this.options.hashOf(identity);
    const key = `${this.options.keyPrefix}{${user}}`;
    const startedAt = performance.now();
    const called = (end: Pick<LedgerCall, 'answer' | 'error'>) =>
      this.options.onCall?.({ operation, user, command, durationMs: performance.now() - startedAt, ...end });
    try {
      const reply = await send([key, `${key}:block`, operation, JSON.stringify(command), this.policy]);
      if (reply === undefined) throw new Error('the ledger script is not there');
      const answer = JSON.parse(reply);
      called({ answer });
      return answer;
    } catch (error) {
      called({ error });
      throw new Refusal('ledger-unavailable', { waitMs: 1000 }); // `onCall` was told why
    }
  }
}

/** Teaches a connection the script, once. */
function scripted<Connection extends RedisConnection & Scripted>(redis: Connection): Connection & Scripted {
  if (!redis.pushResendLedger) redis.defineCommand('pushResendLedger', { numberOfKeys: 2, lua: LEDGER_SCRIPT });
  return redis;
}
