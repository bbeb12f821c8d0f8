import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import type { Call } from '../../apps/simulator/src/call.js';
import { statusAt } from '../../apps/simulator/src/challenge-state.js';
import { Clock } from '../../apps/simulator/src/clock.js';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { Form } from '../../apps/simulator/src/form.js';
import { seedChallenge } from '../../apps/simulator/src/seed.js';
import { defaultSwitches } from '../../apps/simulator/src/switches.js';
import { Twilio } from '../../apps/simulator/src/twilio.js';
import { TwilioError } from '../../apps/simulator/src/twilio-error.js';

type Step =
  | { kind: 'resend'; ttl: number }
  | { kind: 'respond'; status: 'approved' | 'denied' }
  | { kind: 'advance'; seconds: number }
  | { kind: 'phone'; online: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('resend' as const), ttl: fc.integer({ min: 0, max: 320 }) }),
  fc.record({ kind: fc.constant('respond' as const), status: fc.constantFrom('approved', 'denied') }),
  fc.record({ kind: fc.constant('advance' as const), seconds: fc.integer({ min: 1, max: 120 }) }),
  fc.record({ kind: fc.constant('phone' as const), online: fc.boolean() }),
);

test.each(['apn', 'fcm'] as const)('%s: whatever happens in whatever order, the books balance', (platform) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, initialPushCounts) => {
      const clock = new Clock(() => 1_772_445_600_000);
      const switches = { ...defaultSwitches, initialPushCounts };
      const twilio = new Twilio(demoCredentials, clock, switches, undefined, () => 0.5);
      const seeded = seedChallenge(twilio, { identity: 'user-0001', platform });
      const challenge = twilio.store.challengeBySid(seeded.challengeSid);
      if (!challenge) throw new Error('not seeded');
      const call = (ttl: number): Call => ({
        params: {
          service: seeded.serviceSid,
          identity: seeded.identity,
          challenge: seeded.challengeSid,
          factor: '',
          webhook: '',
          accessToken: '',
        },
        query: new URLSearchParams(),
        form: () => new Form(`Ttl=${ttl}`),
        caller: { kind: 'account', principal: demoCredentials.accountSid },
        baseUrl: '',
        warn: () => undefined,
      });
      const take = (next: Step): unknown => {
        switch (next.kind) {
          case 'resend':
            return twilio.perform('createNotification', call(next.ttl));
          case 'respond':
            return twilio.challenges.respond(challenge, next.status);
          case 'advance':
            return clock.advance(next.seconds);
          case 'phone':
            return twilio.devices.change('user-0001', { online: next.online });
          default:
            return next satisfies never;
        }
      };

      const device = twilio.devices.of('user-0001');
      let ended: string | undefined;
      for (const next of steps) {
        const before = [challenge.notifications.length, device.pushes.length, challenge.answer];
        try {
          take(next);
        } catch (error) {
          if (!(error instanceof TwilioError)) throw error;
          expect([challenge.notifications.length, device.pushes.length, challenge.answer]).toEqual(before);
        }
        const status = statusAt(challenge, clock.now());
        expect(ended ?? status).toBe(status);
        if (status !== 'pending') ended = status;
      }

      expect(challenge.notifications.length).toBeLessThanOrEqual(initialPushCounts ? 2 : 3);
      for (const { createdAt } of challenge.notifications) {
        expect(createdAt).toBeLessThan(challenge.expiresAt);
        expect(createdAt).toBeLessThanOrEqual(challenge.answer?.at ?? createdAt);
      }
      const pushed = device.pushes.map((push) => push.notificationSid);
      expect(pushed).toEqual([null, ...challenge.notifications.map(({ sid }) => sid)]);
      for (const { progress, createdAt, ttlSeconds } of device.pushes) {
        if (progress.state !== 'delivered' || progress.at === createdAt) continue;
        expect(progress.at).toBeLessThan(createdAt + ttlSeconds * 1000);
      }
      if (platform === 'apn') {
        expect(device.pushes.filter(({ progress }) => progress.state === 'waiting').length).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 300 },
  );
});
