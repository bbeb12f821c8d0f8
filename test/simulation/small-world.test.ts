import { describe, expect, test, vi } from 'vitest';
import type { ResendPolicy } from '@resend/policy.js';
import * as rules from '@ledger/rules.js';
import { type Cast, exploreAnswer } from './answered-world.js';
import { explore } from './small-world.js';

/** Each looks at a hundred thousand states, on whatever machine. */
vi.setConfig({ testTimeout: 180_000 });

/** A lease of three ticks, and room for one resend. */
const policy: ResendPolicy = {
  cooldownsMs: [0],
  maxPerChallenge: 1,
  userLimits: [{ limit: 1, windowMs: 1000 }],
  denyHoldMs: 0,
  coalesceMs: 0,
  leaseMs: 3,
  maxChallengeAgeMs: 600_000,
  challengeCacheMs: 0,
};

describe('of every interleaving of two taps, a crash and a lost message', () => {
  test('no interleaving sends more than one push, gives back a sent resend, or sends without a live dispatch', () => {
    const { states, broken } = explore({ policy, waitsForReplicas: false, hasFailover: false });
    console.log(`${states} states without a failover`);
    expect([...broken]).toEqual([]);
    expect(states).toBeGreaterThan(1000);
  });

  test('none does so across a failover when each dispatch waits for all replicas', () => {
    const { states, broken } = explore({ policy, waitsForReplicas: true, hasFailover: true });
    console.log(`${states} states with a failover and WAIT`);
    expect([...broken]).toEqual([]);
  });

  test('a failover that loses the last write costs one push more at most, and nothing but the limits', () => {
    const { states, broken, extra } = explore({ policy, waitsForReplicas: false, hasFailover: true });
    console.log(`${states} states with a failover that loses a write`);
    expect(extra).toBe(1);
    expect([...broken.keys()].toSorted()).toEqual(['I1', 'I3']);
  });

  test('an instance that sends on a lease that is over is found out, by a shortest way', () => {
    const { broken } = explore({ policy, waitsForReplicas: false, hasFailover: false, sendsOnLostLease: true });
    expect(broken.get('I13: a create without a live dispatch')).toEqual([
      'begin',
      'instance 1: reserve',
      'a tick passes',
      'a tick passes',
      'a tick passes',
      'instance 1: dispatch',
      'instance 1: post',
    ]);
  });
});

describe('of every interleaving of an answer and a crash with', () => {
  const casts: [string, Cast][] = [
    ['a tap and two deliveries of the webhook', ['a tap', 'a webhook', 'a webhook']],
    ['two taps and a webhook', ['a tap', 'a tap', 'a webhook']],
    ['a tap, a screen and a webhook', ['a tap', 'a screen', 'a webhook']],
  ];
  test.each(casts)('%s, it takes effect once and is told once, with its resends', (who, cast) => {
    for (const status of ['approved', 'denied'] as const) {
      const { states, broken } = exploreAnswer(cast, status, { ...policy, denyHoldMs: 2 });
      console.log(`${states} states with ${who}, ${status}`);
      expect([...broken]).toEqual([]);
      expect(states).toBeGreaterThan(1000);
    }
  });

  test('a webhook told twice to a ledger that forgets, it is found out', () => {
    const forgetful: typeof rules.learn = (before, ...fact) => rules.learn({ ...before, challenges: [] }, ...fact);
    const { broken } = exploreAnswer(['a webhook', 'a webhook'], 'denied', { ...policy, denyHoldMs: 2 }, forgetful);
    expect(broken.get('I15: told twice')).toEqual([
      'begin',
      'the user: denied',
      'a webhook (1): learn word',
      'a webhook (1): fetch → 0',
      'a webhook (1): learn fact',
      'a webhook (2): learn word',
      'a webhook (2): fetch → 0',
      'a webhook (2): learn fact',
    ]);
  });
});
