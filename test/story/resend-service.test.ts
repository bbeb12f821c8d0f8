import { beforeEach, describe, expect, test } from 'vitest';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { type Created, type Fetched, VerifyGateway } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';

const policy: ResendPolicy = {
  cooldownsMs: [30_000, 60_000],
  maxPerChallenge: 2,
  userLimits: [
    { limit: 10, windowMs: 86_400_000 },
    { limit: 5, windowMs: 900_000 },
  ],
  denyHoldMs: 600_000,
  coalesceMs: 2000,
  leaseMs: 10_000,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 2000,
};
const deadlines = { fetchMs: 2000, createMs: 3000, dispatchToSendMs: 500 };
const challengeSid = `YC${'a'.repeat(32)}`;
const session = { identity: 'somebody-0001' };
const pending = { kind: 'fetched', status: 'pending', isPush: true, ageMs: 60_000, remainingMs: 240_000 } as const;
const sent = { outcome: 'sent', sid: `NT${'b'.repeat(32)}` } as const;

/** Twilio, as a test wants it: what it answers, what it was asked, and what happens while it is asked. */
class FakeTwilio extends VerifyGateway {
  fetches: Fetched[] = [];
  create: Created = sent;
  duringFetch = () => {};
  readonly creates: { ttlSeconds: number; sendBefore: number }[] = [];
  slotsTaken = 0;
  noSlot: Refusal | undefined;

  override async takeSlot(): Promise<Disposable> {
    if (this.noSlot) throw this.noSlot;
    this.slotsTaken += 1;
    return { [Symbol.dispose]: () => void (this.slotsTaken -= 1) };
  }

  override async fetchChallenge(): Promise<Fetched> {
    this.duringFetch();
    return this.fetches.shift() ?? { kind: 'learnt', fact: pending };
  }

  override async createNotification(
    _identity: string,
    _sid: string,
    options: { ttlSeconds: number; sendBefore: number },
  ) {
    this.creates.push(options);
    return this.create;
  }
}

/** A ledger whose connection breaks: before or after the command ran. */
class BreakableLedger extends InProcessLedger {
  breakAfter: Partial<Record<'dispatch' | 'settle', boolean>> = {};

  override async dispatch(...call: Parameters<InProcessLedger['dispatch']>) {
    return this.reply('dispatch', await super.dispatch(...call));
  }

  override async settle(...call: Parameters<InProcessLedger['settle']>) {
    return this.reply('settle', await super.settle(...call));
  }

  private reply<Answer>(operation: 'dispatch' | 'settle', answer: Answer): Answer {
    if (this.breakAfter[operation]) throw new Refusal('ledger-unavailable');
    return answer;
  }
}

let now: number;
let twilio: FakeTwilio;
let ledger: BreakableLedger;
let service: ResendService;
beforeEach(() => {
  now = Date.parse('2026-03-02T10:00:00Z');
  twilio = new FakeTwilio();
  ledger = new BreakableLedger(policy, () => now);
  service = new ResendService(ledger, twilio, policy, deadlines, { now: () => now, sleep: async () => undefined });
});

const tap = (options: { idempotencyKey?: string } = {}) => service.resend({ session, challengeSid, ...options });
const refusal = (promise: Promise<unknown>): Promise<Refusal> =>
  promise.then(
    () => expect.fail('sent'),
    (error: Refusal) => error,
  );
const used = async () => (await ledger.peek(session.identity, challengeSid)).resends.used;

describe('one resend', () => {
  test('leaves with the ttl and the time limit of its dispatch, and frees its slot', async () => {
    const { notification, standing } = await tap();
    expect(notification).toEqual({ sid: sent.sid, ttlSeconds: 56, sentAt: now });
    expect(standing.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
    expect(twilio.creates).toEqual([{ ttlSeconds: 56, sendBefore: now + 500 }]);
    expect(twilio.slotsTaken).toBe(0);
  });

  test('is answered by Twilio’s outcome even when settling fails, and the lease heals the rest', async () => {
    ledger.breakAfter = { settle: true };
    const { notification, standing } = await tap();
    expect(notification.sid).toBe(sent.sid);
    expect(standing.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
  });

  test('whose dispatch reply is lost sends nothing and costs nothing', async () => {
    ledger.breakAfter = { dispatch: true };
    expect((await refusal(tap())).code).toBe('ledger-unavailable');
    expect(twilio.creates).toEqual([]);
    expect(await used()).toBe(0);
  });

  test('whose process slept past its lease sends nothing', async () => {
    twilio.duringFetch = () => (now += policy.leaseMs);
    expect((await refusal(tap())).code).toBe('ledger-unavailable');
    expect(twilio.creates).toEqual([]);
    expect(await used()).toBe(0);
  });

  test('is stopped by a block that comes while Twilio is asked', async () => {
    twilio.duringFetch = () => void ledger.block(session.identity, 60_000);
    expect((await refusal(tap())).code).toBe('blocked');
    expect(twilio.creates).toEqual([]);
  });

  test('that may have gone out is spent, and the same key says the same', async () => {
    twilio.create = { outcome: 'unknown' };
    const first = await refusal(tap({ idempotencyKey: 'press-0001' }));
    expect(first.code).toBe('delivery-unknown');
    expect(first.details.standing?.next).toEqual({ code: 'cooling-down', waitMs: 60_000 });
    const again = await refusal(tap({ idempotencyKey: 'press-0001' }));
    expect(again.code).toBe('delivery-unknown');
    expect(again.details.replayed).toBe(true);
    expect(twilio.creates).toHaveLength(1);
  });

  test('that provably did not go out costs nothing and frees its key', async () => {
    twilio.create = { outcome: 'notSent', code: 'provider-throttled', waitMs: 2000 };
    const refused = await refusal(tap({ idempotencyKey: 'press-0001' }));
    expect(refused.code).toBe('provider-throttled');
    expect(refused.details.waitMs).toBe(2000);
    expect(await used()).toBe(0);
    twilio.create = sent;
    expect((await tap({ idempotencyKey: 'press-0001' })).replayed).toBe(false);
  });

  test('is given back when Twilio can not be asked', async () => {
    twilio.fetches = [{ kind: 'failed', code: 'provider-unavailable' }];
    expect((await refusal(tap())).code).toBe('provider-unavailable');
    expect(await used()).toBe(0);
    expect(twilio.slotsTaken).toBe(0);
  });
});

describe('without a slot', () => {
  const shut = new Refusal('provider-unavailable', { waitMs: 4000 });

  test('a resend is refused before anything is reserved, and told when to come back', async () => {
    twilio.noSlot = shut;
    const refused = await refusal(tap());
    expect(refused.code).toBe('provider-unavailable');
    expect(refused.details.waitMs).toBe(4000);
    expect((await ledger.look(session.identity, challengeSid)).kind).toBe('ask');
    twilio.noSlot = undefined;
    expect((await tap()).replayed).toBe(false);
  });

  test.each([shut, new Refusal('overloaded')])('$code: a screen is told what was last known', async (noSlot) => {
    await service.standing(session, challengeSid);
    now += policy.challengeCacheMs;
    twilio.noSlot = noSlot;
    const { challenge } = await service.standing(session, challengeSid);
    expect(challenge).toEqual({ status: 'pending', remainingMs: 238_000 });
  });

  test('a screen of which nothing is known is refused like a resend', async () => {
    twilio.noSlot = shut;
    const refused = await refusal(service.standing(session, challengeSid));
    expect(refused.code).toBe('provider-unavailable');
    expect(refused.details.waitMs).toBe(4000);
    expect(twilio.slotsTaken).toBe(0);
  });
});

describe('a Challenge that was answered between the fetch and the create', () => {
  test.each(['approved', 'denied', 'expired'] as const)(
    '%s: one more fetch tells, and nothing is spent',
    async (status) => {
      twilio.fetches = [
        { kind: 'learnt', fact: pending },
        { kind: 'learnt', fact: { ...pending, status } },
      ];
      twilio.create = { outcome: 'notSent', code: 'challenge-answered' };
      expect((await refusal(tap())).code).toBe(`challenge-${status}`);
      expect(await used()).toBe(0);
      expect((await refusal(tap())).code).toBe(`challenge-${status}`);
    },
  );

  test('and can not be looked into is an error of Twilio’s, and nothing is spent', async () => {
    twilio.fetches = [
      { kind: 'learnt', fact: pending },
      { kind: 'failed', code: 'provider-unavailable' },
    ];
    twilio.create = { outcome: 'notSent', code: 'challenge-answered' };
    expect((await refusal(tap())).code).toBe('provider-error');
    expect(await used()).toBe(0);
  });
});

test('a session that is bound to another Challenge reaches nothing and costs nothing', async () => {
  const bound = { ...session, challengeSid: `YC${'c'.repeat(32)}` };
  expect((await refusal(service.resend({ session: bound, challengeSid }))).code).toBe('challenge-not-found');
  expect((await refusal(service.standing(bound, challengeSid))).code).toBe('challenge-not-found');
  expect(await used()).toBe(0);
});
