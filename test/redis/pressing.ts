import { randomBytes } from 'node:crypto';
import type { ChallengeFact, Ledger } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Refusal } from '@resend/refusals.js';
import type { RedisConnection } from '@redis/connection.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import type { ReplicaOptions } from '@redis/replicas.js';

/** As the defaults, but in a hurry: what heals, heals within the test. */
export const HURRIED: ResendPolicy = {
  cooldownsMs: [300],
  maxPerChallenge: 2,
  userLimits: [{ limit: 4, windowMs: 300_000 }],
  denyHoldMs: 1000,
  coalesceMs: 0,
  leaseMs: 400,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 1000,
};

/** A push must leave this soon after its dispatch was asked for: milliseconds. */
const DISPATCH_TO_SEND_MS = 500;

export const KEY_PREFIX = 'push-resend:';

export function ledgerOn(
  redis: RedisConnection,
  {
    policy = HURRIED,
    keyPrefix = KEY_PREFIX,
    replicas,
  }: { policy?: ResendPolicy; keyPrefix?: string; replicas?: ReplicaOptions } = {},
): RedisLedger {
  return new RedisLedger(redis, { policy, hashOf: (identity) => identity, keyPrefix, ...(replicas && { replicas }) });
}

/** A push that left the service. */
export interface Push {
  readonly identity: string;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

export function newChallenge(): string {
  return `YC${randomBytes(16).toString('hex')}`;
}

/** Twilio, as far as pressing needs it: a list of what was sent. */
export class Presses {
  readonly pushes: Push[] = [];

  /** From tap to settling, as the service does it. @returns `sent`, or why not */
  async press(ledger: Ledger, identity: string, challengeSid = newChallenge()): Promise<string> {
    const id = randomBytes(16).toString('base64url');
    try {
      const reserved = await ledger.reserve(identity, { id, challengeSid });
      if (reserved.kind !== 'granted') return reserved.kind === 'refused' ? reserved.code : reserved.kind;
      return await this.send(ledger, identity, challengeSid, id);
    } catch (error) {
      if (error instanceof Refusal) return error.code;
      throw error;
    }
  }

  private async send(ledger: Ledger, identity: string, challengeSid: string, id: string): Promise<string> {
    const giveUp = () =>
      ledger.settle(identity, { id, challengeSid, settlement: { outcome: 'notSent' } }).catch(() => undefined);
    const fact: ChallengeFact = {
      kind: 'fetched',
      status: 'pending',
      isPush: true,
      ageMs: 60_000,
      remainingMs: 540_000,
    };
    const sendBefore = performance.now() + DISPATCH_TO_SEND_MS;
    const dispatched = await ledger.dispatch(identity, { id, challengeSid, fact }).catch(async (error: unknown) => {
      await giveUp();
      throw error;
    });
    if (dispatched.kind !== 'dispatched') return dispatched.kind;
    if (performance.now() > sendBefore) {
      await giveUp();
      return 'too-late';
    }
    this.pushes.push({ identity, id, at: Date.now() });
    const settlement = { outcome: 'sent', sid: `NT-${id}`, ttlSeconds: 0 } as const;
    await ledger.settle(identity, { id, challengeSid, settlement }).catch(() => undefined);
    return 'sent';
  }

  sentTo(identity: string): number {
    return this.pushes.filter((push) => push.identity === identity).length;
  }
}
