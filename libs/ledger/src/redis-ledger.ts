import { setTimeout as sleep } from 'node:timers/promises';
import type { ResendPolicy } from '@resend/policy.js';
import { Ledger, type LedgerAnswer, type LedgerCommand, type LedgerOperation } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { type LedgerCall, ledgerCall } from './ledger-call.js';
import type { RedisConnection } from '@redis/connection.js';
import { type ReplicaOptions, Replicas } from '@redis/replicas.js';
import { script } from '@redis/script.js';
import { type Settling, settlePersistently } from './settling.js';

const ledgerScript = script<string>('pushResendLedger', new URL('./ledger.lua', import.meta.url), 2);

export interface RedisLedgerOptions {
  readonly policy: ResendPolicy;
  /** Keyed hash of an identity. */
  readonly hashOf: (identity: string) => string;
  /** Prefix of every key. */
  readonly keyPrefix: string;
  /** If given, a dispatch fails unless the replicas have it. */
  readonly replicas?: ReplicaOptions;
  readonly onCall?: (call: LedgerCall) => void;
}

/** The ledger in Redis, shared by all instances: one round trip and one script per operation. */
export class RedisLedger extends Ledger {
  private readonly policy: string;
  private readonly replicas: Replicas | undefined;
  private readonly settling: Settling;

  /** @param redis from `connectLedger`: never sends a command twice, never queues one while disconnected */
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisLedgerOptions,
  ) {
    super();
    this.policy = JSON.stringify(options.policy);
    this.settling = {
      leaseMs: options.policy.leaseMs,
      now: () => performance.now(),
      sleep: (ms) => sleep(ms, undefined, { ref: false }),
      isOver: () => redis.status === 'end',
    };
    this.replicas = options.replicas && new Replicas(redis, options.replicas);
  }

  override async run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const attempt = () => this.attempt(operation, identity, command);
    return operation === 'settle' ? settlePersistently(attempt, this.settling) : attempt();
  }

  private async attempt<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const user = this.options.hashOf(identity);
    const startedAt = performance.now();
    const called = (end: { answer: LedgerAnswer<Op> } | { error: unknown }) =>
      this.options.onCall?.(
        ledgerCall({ operation, user, command, durationMs: performance.now() - startedAt, ...end }),
      );
    try {
      const reply = JSON.parse(await this.send(operation, user, command));
      // The script leaves out an empty list, which Lua can not tell from an empty map.
      const answer = operation === 'overview' ? { challenges: [], ...reply } : reply;
      called({ answer });
      return answer;
    } catch (error) {
      called({ error });
      throw new Refusal('ledger-unavailable', { waitMs: 1000 }); // `onCall` got the error
    }
  }

  private async send(operation: LedgerOperation, user: string, command: object): Promise<string> {
    const key = `${this.options.keyPrefix}{${user}}`;
    const on = (connection: RedisConnection) =>
      ledgerScript(connection, key, `${key}:block`, operation, JSON.stringify(command), this.policy);
    const { replicas } = this;
    return replicas && operation === 'dispatch' ? replicas.confirmed(key, on) : on(this.redis);
  }
}
