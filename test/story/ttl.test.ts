import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cooldownAfter } from '@resend/policy.js';
import { notificationTtlSeconds } from '@resend/ttl.js';

const policy = { cooldownsMs: [30_000, 60_000], maxPerChallenge: 2 };
const deadlines = { createMs: 3000, dispatchToSendMs: 500 };
const ttl = (given: { sent: number; remainingMs: number; askedSeconds?: number }) =>
  notificationTtlSeconds(given, policy, deadlines);

describe('the ttl of a push', () => {
  test('is over before the next resend of the Challenge could leave', () => {
    expect(ttl({ sent: 1, remainingMs: 300_000 })).toBe(56);
  });

  test('of the last resend is what the Challenge has left', () => {
    expect(ttl({ sent: 2, remainingMs: 206_900 })).toBe(206);
  });

  test('is never more than Twilio’s 300 seconds', () => {
    expect(ttl({ sent: 2, remainingMs: 3_600_000 })).toBe(300);
  });

  test('is what was asked for, when that is less', () => {
    expect(ttl({ sent: 1, remainingMs: 300_000, askedSeconds: 0 })).toBe(0);
    expect(ttl({ sent: 1, remainingMs: 300_000, askedSeconds: 55 })).toBe(55);
    expect(ttl({ sent: 1, remainingMs: 300_000, askedSeconds: 57 })).toBe(56);
  });

  test('of a Challenge with less than a second left is 0: one attempt, not stored', () => {
    expect(ttl({ sent: 1, remainingMs: 999 })).toBe(0);
    expect(ttl({ sent: 1, remainingMs: -5000 })).toBe(0);
  });

  test('is a whole number of Twilio’s range, within the Challenge, and gone before the next resend arrives', () => {
    const cases = fc.record({
      sent: fc.integer({ min: 1, max: 3 }),
      remainingMs: fc.integer({ min: -10_000, max: 3_600_000 }),
      askedSeconds: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(cases, (given) => {
        const seconds = ttl(given);
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= given.askedSeconds).toBe(true);
        expect(seconds * 1000).toBeLessThanOrEqual(Math.max(0, given.remainingMs));
        if (given.sent < policy.maxPerChallenge) {
          const latestEnd = deadlines.dispatchToSendMs + deadlines.createMs + seconds * 1000;
          expect(latestEnd).toBeLessThanOrEqual(cooldownAfter(given.sent, policy));
        }
      }),
    );
  });
});
