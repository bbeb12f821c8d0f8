/** One user with one Challenge, what Twilio says of it, and a gateway to ask with. */
import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, vi } from 'vitest';
import type { TwilioCall } from '@verify/twilio-call.js';
import { TwilioVerifyGateway, type TwilioVerifyGatewayOptions } from '@verify/twilio-verify-gateway.js';

export const IDENTITY = 'user-7c9e6679f74b';
export const CHALLENGE = `YC${'a1'.repeat(16)}`;
export const OTHER_CHALLENGE = `YC${'b2'.repeat(16)}`;
export const NOTIFICATION = `NT${'c3'.repeat(16)}`;
export const credentials = {
  accountSid: `AC${'0'.repeat(32)}`,
  username: `SK${'1'.repeat(32)}`,
  password: 'a-canary-that-must-not-sing',
  serviceSid: `VA${'2'.repeat(32)}`,
};

/** The moment Twilio's `Date` header shows in these tests. */
export const NOW = Date.parse('2026-03-02T10:00:00Z');
export const twilioDate = (ageMs = 0): string => new Date(NOW - ageMs).toISOString().replace('.000Z', 'Z');
export const headers = { 'Content-Type': 'application/json', Date: new Date(NOW).toUTCString() };

/** A Challenge made 40 s ago that lives for 260 s more. */
export const challenge = {
  sid: CHALLENGE,
  identity: IDENTITY,
  status: 'pending',
  factor_type: 'push',
  date_created: twilioDate(40_000),
  date_responded: null as string | null,
  expiration_date: twilioDate(-260_000),
};

export const notification = {
  sid: NOTIFICATION,
  identity: IDENTITY,
  challenge_sid: CHALLENGE,
  priority: 'high',
  ttl: 56,
  date_created: twilioDate(),
};

/** Twilio's four-key error body. */
export const twilioError = (status: number, code: number, message = 'in words'): object => ({
  code,
  message,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
  status,
});

export function respond(response: ServerResponse, status: number, body: unknown, more: object = {}): void {
  response.writeHead(status, { ...headers, ...more });
  response.end(typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

/** Of a call to Twilio. */
export const DEADLINE_MS = 5_000;

export interface Rig {
  readonly gateway: TwilioVerifyGateway;
  /** What `onCall` was told, oldest first. */
  readonly calls: TwilioCall[];
  readonly codes: () => string[];
  fetch(): ReturnType<TwilioVerifyGateway['fetchChallenge']>;
  create(sendBefore?: number): ReturnType<TwilioVerifyGateway['createNotification']>;
}

/** A gateway at `baseUrl`, closed with the test. Deadlines are for faults that end by one: nobody waits for them otherwise. */
export function rigAt(baseUrl: string, options: Partial<TwilioVerifyGatewayOptions> = {}): Rig {
  const calls: TwilioCall[] = [];
  const gateway = new TwilioVerifyGateway({
    ...credentials,
    baseUrl,
    deadlines: { fetchMs: DEADLINE_MS, createMs: DEADLINE_MS, dispatchToSendMs: 500 },
    maxConcurrent: 8,
    queue: { limit: 0, waitMs: 1 },
    breaker: { failures: 1_000, openMs: 1_000 },
    onCall: (call) => calls.push(call),
    ...options,
  });
  onTestFinished(() => gateway.close());
  return {
    gateway,
    calls,
    codes: () => calls.map(({ code }) => code),
    fetch: () => gateway.fetchChallenge(IDENTITY, CHALLENGE),
    create: (sendBefore = performance.now() + 5_000) =>
      gateway.createNotification(IDENTITY, CHALLENGE, { ttlSeconds: 56, sendBefore }),
  };
}

/**
 * Makes the deadline of a call pass as soon as the call has come so far, however long that takes.
 *
 * @param call made on a clock that stands still
 * @param hasCome whether all is there that the deadline is to end
 */
export async function atDeadline<Outcome>(call: () => Promise<Outcome>, hasCome: () => boolean): Promise<Outcome> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const outcome = call();
  await expect.poll(hasCome).toBe(true);
  await vi.advanceTimersByTimeAsync(DEADLINE_MS);
  return outcome;
}

/** For faults that end by a deadline, whatever of them has come until then. */
export const impatient = { deadlines: { fetchMs: 150, createMs: 150, dispatchToSendMs: 500 } };
