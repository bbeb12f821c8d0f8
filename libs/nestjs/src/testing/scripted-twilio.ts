import { randomBytes } from 'node:crypto';
import { type ChallengeFact, type ChallengeStatus, type Created, type Fetched, VerifyGateway } from '@resend/ports.js';

/** A Challenge to add to the scripted Twilio. */
export interface ScriptedChallenge {
  readonly identity: string;
  /** `YC…`. Default: random. */
  readonly sid?: string;
  readonly status?: ChallengeStatus;
  /** Seconds since its creation and its automatic push. Default: 60, so that a resend is possible immediately. */
  readonly ageSeconds?: number;
  /** Lifetime from its creation, in seconds. Default: 600. */
  readonly expiresInSeconds?: number;
  readonly factorType?: 'push' | 'totp';
}

/** A Notification that Twilio was asked to create. */
export interface ScriptedNotification {
  readonly identity: string;
  readonly challengeSid: string;
  readonly sid: string;
  readonly ttlSeconds: number;
}

interface Known {
  readonly identity: string;
  status: ChallengeStatus;
  respondedAt?: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly isPush: boolean;
}

/**
 * An in-memory Twilio for tests, without a network. It has the Challenges that a test adds, and records the pushes that
 * it was asked to send. It enforces no limits: script refusals with `nextFetch` and `nextCreate`.
 */
export class ScriptedTwilio extends VerifyGateway {
  /** The account and the Verify Service that webhooks must name. */
  readonly accountSid = `AC${'0'.repeat(32)}`;
  readonly serviceSid = `VA${'0'.repeat(32)}`;
  /** All created Notifications, oldest first. */
  readonly sent: ScriptedNotification[] = [];
  private readonly challenges = new Map<string, Known>();
  private readonly fetches: Fetched[] = [];
  private readonly creates: Created[] = [];

  /** @param now epoch milliseconds */
  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  /** Adds a Challenge. @returns its SID */
  challenge(challenge: ScriptedChallenge): string {
    const { identity, sid = `YC${randomBytes(16).toString('hex')}`, status = 'pending' } = challenge;
    const { ageSeconds = 60, expiresInSeconds = 600, factorType = 'push' } = challenge;
    const createdAt = this.now() - ageSeconds * 1000;
    const expiresAt = createdAt + expiresInSeconds * 1000;
    this.challenges.set(sid, { identity, status, createdAt, expiresAt, isPush: factorType === 'push' });
    return sid;
  }

  /** The user answers on the phone. No webhook is sent. */
  respond(sid: string, status: 'approved' | 'denied'): void {
    const challenge = this.challenges.get(sid);
    if (!challenge) throw new Error(`no Challenge ${sid}`);
    challenge.status = status;
    challenge.respondedAt = this.now();
  }

  /** Scripts the answer to the next fetch, for any Challenge. */
  nextFetch(fetched: Fetched): void {
    this.fetches.push(fetched);
  }

  /** Scripts the answer to the next create of a Notification: `{ outcome: 'unknown' }` for a timeout. */
  nextCreate(created: Created): void {
    this.creates.push(created);
  }

  override takeSlot(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  override async fetchChallenge(identity: string, challengeSid: string): Promise<Fetched> {
    return this.fetches.shift() ?? { kind: 'learnt', fact: this.factOf(identity, challengeSid) };
  }

  override async createNotification(
    identity: string,
    challengeSid: string,
    { ttlSeconds }: { readonly ttlSeconds: number },
  ): Promise<Created> {
    const scripted = this.creates.shift();
    if (scripted && scripted.outcome !== 'sent') return scripted;
    const sid = scripted?.sid ?? `NT${randomBytes(16).toString('hex')}`;
    this.sent.push({ identity, challengeSid, sid, ttlSeconds });
    return { outcome: 'sent', sid };
  }

  private factOf(identity: string, sid: string): ChallengeFact {
    const known = this.challenges.get(sid);
    if (!known || known.identity !== identity) return { kind: 'not-found' };
    const now = this.now();
    const isOver = known.status === 'pending' && known.expiresAt <= now;
    return {
      kind: 'fetched',
      status: isOver ? 'expired' : known.status,
      isPush: known.isPush,
      ageMs: now - known.createdAt,
      remainingMs: known.expiresAt - now,
      ...(known.respondedAt !== undefined && { respondedAgoMs: now - known.respondedAt }),
    };
  }
}
