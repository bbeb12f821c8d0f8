/** What Twilio says: its answers, its errors, its webhooks, and what stands in front of it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { proxyRefusal } from '@egress/proxy-refusal.js';
import { readEvent } from '@nest/webhook/webhook-event.js';
import { formFault, isSignedByTwilio } from '@nest/webhook/webhook-signature.js';
import { canonicalIdentity } from '@resend/canonical-identity.js';
import { CHALLENGE_SID, IDENTITY as IDENTITY_FORM } from '@resend/patterns.js';
import { Exchange } from '@verify/exchange.js';
import { OauthCredentials } from '@verify/oauth-credentials.js';
import { CredentialsError } from '@verify/credentials.js';
import { challengeFactFrom, retryAfterMs, sentFrom } from '@verify/twilio-answers.js';
import { failureOf, refusalIn, twilioFailures } from '@verify/twilio-failures.js';
import { TWILIO_CALL_CODES, type TwilioCall } from '@verify/twilio-call.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import {
  CHALLENGE,
  challenge,
  credentials,
  headers,
  IDENTITY,
  NOTIFICATION,
  notification,
  OTHER_CHALLENGE,
} from '../verify/verify-fixtures.js';
import { fuzz } from './fuzz.js';
import { anyText, anyThrown, CANARY, recordOf, recordText, spoilt } from './inputs.js';

/** What Twilio answers to everything. */
let answer: { status: number; body: string; headers: Record<string, string> };
const twilio = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(answer.status, answer.headers).end(answer.body));
});
let baseUrl = '';
let gateway: TwilioVerifyGateway;
const calls: TwilioCall[] = [];
beforeAll(async () => {
  await new Promise<void>((resolve) => void twilio.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(twilio.address() as AddressInfo).port}`;
  gateway = new TwilioVerifyGateway({
    ...credentials,
    baseUrl,
    deadlines: { fetchMs: 5000, createMs: 5000, dispatchToSendMs: 500 },
    maxConcurrent: 8,
    queue: { limit: 0, waitMs: 1 },
    breaker: { failures: Number.MAX_SAFE_INTEGER, openMs: 1000 },
    onCall: (call) => calls.push(call),
  });
});
afterAll(async () => {
  await gateway.close();
  twilio.closeAllConnections();
  twilio.close();
});

const date = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') });
const isoDate = fc.oneof(
  fc.constant(challenge.date_created),
  date.map((at) => at.toISOString()),
  spoilt(fc.constant(challenge.expiration_date)),
);
const httpDate = fc.oneof(
  fc.constant(headers.Date),
  date.map((at) => at.toUTCString()),
  spoilt(fc.constant(headers.Date)),
);
const status = fc.constantFrom('pending', 'approved', 'denied', 'expired', 'unverified', 'toString');
const challengeJson = {
  sid: fc.constantFrom(CHALLENGE, CHALLENGE, CHALLENGE, OTHER_CHALLENGE, CHALLENGE.toLowerCase()),
  identity: fc.constantFrom(IDENTITY, IDENTITY, IDENTITY, IDENTITY.toUpperCase()),
  status,
  factor_type: fc.constantFrom('push', 'push', 'totp'),
  date_created: isoDate,
  expiration_date: isoDate,
  date_responded: fc.oneof(fc.constant(null), isoDate),
};
const notificationJson = {
  ...Object.fromEntries(Object.entries(notification).map(([name, value]) => [name, fc.constant(value)])),
  sid: fc.constantFrom(NOTIFICATION, NOTIFICATION, CHALLENGE),
  challenge_sid: fc.constantFrom(CHALLENGE, CHALLENGE, OTHER_CHALLENGE),
};
const code = fc.oneof(fc.constantFrom(...twilioFailures.keys(), 60_300, 403, 0, 1e99, 20_404.5), fc.integer());
const errorJson = {
  code,
  message: anyText.map((text) => CANARY + text),
  status: fc.constantFrom(400, 404, 429, 500),
  detail: anyText,
};
const httpStatus = fc.oneof(fc.constantFrom(200, 201, 400, 401, 404, 429, 500), fc.integer({ min: 200, max: 599 }));
const answerHeaders = fc.record({
  Date: fc.constantFrom(headers.Date, 'soon', ''),
  'Retry-After': fc.constantFrom('', '7', 'soon'),
});

const OWN = { accountSid: credentials.accountSid, serviceSid: credentials.serviceSid };
const right = {
  type: fc.constantFrom('challenge.approved', 'challenge.denied', 'factor.created'),
  account_sid: fc.constantFrom(OWN.accountSid, `AC${'9'.repeat(32)}`),
  service_sid: fc.constant(OWN.serviceSid),
  entity_identity: fc.constantFrom(IDENTITY, 'short'),
  challenge_sid: fc.constantFrom(CHALLENGE, `${CHALLENGE}\n`),
};
const form = fc.record(right, { requiredKeys: [] });
const KINDS = ['answered', 'ignored', 'invalid'];
const secrets = { authTokens: ['an auth token', ''], sharedKeys: ['a shared key', ''] };

function expectMessage(message: ReturnType<typeof readEvent>): void {
  expect(KINDS).toContain(message.kind);
  if (message.kind !== 'answered') return;
  expect(message.identity).toMatch(IDENTITY_FORM);
  expect(message.challengeSid).toMatch(CHALLENGE_SID);
  expect(message.event).toBe(`challenge.${message.status}`);
}

fuzz(
  'twilio',
  {
    'a Challenge is one that was asked for, with times that are numbers, or it is said what is wrong': fc.property(
      recordOf(challengeJson),
      httpDate,
      fc.nat({ max: 10_000 }),
      (body, at, elapsedMs) => {
        const { factor_type: factorType, ...more } = Object(body) as Record<string, unknown>;
        const given = { status: 200, body, date: at, retryAfter: undefined };
        const wanted = { identity: IDENTITY, challengeSid: CHALLENGE };
        const fact = challengeFactFrom({ ...more, factorType }, wanted, given, elapsedMs);
        if (typeof fact === 'string') return;
        expect([more['sid'], more['identity']]).toEqual([CHALLENGE, IDENTITY]);
        expect(['pending', 'approved', 'denied', 'expired']).toContain(fact.status);
        expect(fact.isPush).toBe(factorType === 'push');
        expect(fact.ageMs).toBeGreaterThanOrEqual(0);
        for (const ms of [fact.ageMs, fact.remainingMs, fact.respondedAgoMs ?? 0])
          expect(Number.isSafeInteger(ms)).toBe(true);
        // Never overestimated: by Twilio's own clock, less what has passed since.
        const expires = Date.parse(String(more['expiration_date']));
        expect(fact.remainingMs).toBeLessThanOrEqual(expires - Date.parse(at) - elapsedMs);
      },
    ),

    'a Notification is sent only with its SID and for the Challenge that was asked for': fc.property(
      recordOf(notificationJson),
      (body) => {
        const { sid, challenge_sid: challengeSid } = Object(body) as Record<string, unknown>;
        const sent = sentFrom({ sid, challengeSid }, CHALLENGE);
        if (typeof sent === 'string') {
          expect(['no-notification', 'other-challenge']).toContain(sent);
          return;
        }
        expect(sent).toEqual({ outcome: 'sent', sid: NOTIFICATION });
        expect(challengeSid).toBe(CHALLENGE);
      },
    ),

    'Retry-After is a second to a minute, whatever it says': fc.property(
      fc.option(fc.oneof(spoilt(fc.nat().map(String)), httpDate), { nil: undefined }),
      fc.option(httpDate, { nil: undefined }),
      (retryAfter, at) => {
        const waitMs = retryAfterMs(retryAfter, at);
        expect(waitMs >= 1000 && waitMs <= 60_000).toBe(true);
        if (/^\d{1,3}$/.test(retryAfter ?? '')) {
          expect(waitMs).toBe(Math.min(Math.max(Number(retryAfter) * 1000, 1000), 60_000));
        }
      },
    ),

    'an error of the SDK has a code of Twilio, a whole number of five digits or more, or none': fc.property(
      fc.oneof(
        anyThrown,
        recordOf(errorJson).map((more) => Object.assign(new Error('x'), more)),
      ),
      fc.integer({ min: 400, max: 499 }),
      (error, http) => {
        const refusal = refusalIn(error);
        if (refusal === undefined) return;
        expect(Number.isInteger(refusal.code) && refusal.code >= 10_000).toBe(true);
        expect(failureOf(refusal, http)).toMatchObject({ code: expect.any(String), source: expect.any(String) });
      },
    ),

    'an answer of any bytes and headers is read to its end, as JSON or as text': fc.asyncProperty(
      fc.array(fc.uint8Array(), { maxLength: 3 }),
      fc.oneof(anyText, fc.array(anyText), fc.constant(undefined)),
      fc.integer({ min: 100, max: 999 }),
      async (chunks, header, http) => {
        const exchange = new Exchange({ deadline: performance.now() + 5000 });
        const dispatcher = {
          dispatch: () => {
            exchange.onRequestStart({ abort: () => undefined } as never);
            exchange.onResponseStart({} as never, http, { date: header, 'retry-after': header });
            for (const chunk of chunks) exchange.onResponseData({} as never, Buffer.from(chunk));
            exchange.onResponseEnd();
            return true;
          },
        };
        await exchange.send(dispatcher as never, {} as never, () => true);
        expect(exchange.fault).toBeUndefined();
        const text = typeof header === 'string' ? header : undefined;
        expect(exchange.answer).toMatchObject({ status: http, date: text, retryAfter: text });
        expect(exchange.answer).toHaveProperty('body');
      },
    ),

    'an identity has one spelling, and its case counts unless it is a SID': fc.property(
      fc.oneof(fc.stringMatching(/^[A-Za-z]{2}[0-9a-fA-F]{32}$/), spoilt(fc.constant(IDENTITY))),
      (identity) => {
        const canonical = canonicalIdentity(identity);
        expect(canonicalIdentity(canonical)).toBe(canonical);
        expect(canonical.toLowerCase()).toBe(identity.toLowerCase());
        const isSid = /^[a-z]{2}[0-9a-f]{32}$/i.test(identity);
        if (!isSid) expect(canonical).toBe(identity);
        else expect(canonicalIdentity(identity.toUpperCase())).toBe(canonicalIdentity(identity.toLowerCase()));
      },
    ),

    'what a proxy refused has a status, and none of the message': fc.property(
      fc.oneof(anyText, spoilt(fc.constant(`Proxy response (407) !== 200 when HTTP Tunneling ${CANARY}`))),
      (message) => {
        const refusal = proxyRefusal(new Error(message));
        if (refusal !== undefined) expect(refusal).toMatch(/^proxy-\d{3}$/);
      },
    ),

    'an event reads the same from a form and from JSON': fc.property(form, (fields) => {
      const body = new URLSearchParams(fields as Record<string, string>).toString();
      const message = readEvent(body, false, OWN);
      expectMessage(message);
      expect(readEvent(JSON.stringify(fields), true, OWN)).toEqual(message);
      if (Object.keys(fields).length < Object.keys(right).length) expect(message.kind).not.toBe('answered');
    }),

    'a webhook of any body is an answer of Twilio’s words, ignored or invalid': fc.property(
      fc.oneof(
        recordText(right),
        spoilt(form.map((fields) => new URLSearchParams(fields as Record<string, string>).toString())),
        anyText,
      ),
      fc.boolean(),
      (body, isJson) => expectMessage(readEvent(body, isJson, OWN)),
    ),

    'a webhook of any signature, settings and query is not signed, and most are not even computed': fc.property(
      spoilt(fc.constantFrom(`${'A'.repeat(27)}=`, `${'A'.repeat(43)}=`)),
      fc.option(spoilt(fc.constantFrom('alg=HMAC_SHA256', 'keyid=x,alg=HMAC_SHA1')), { nil: undefined }),
      spoilt(fc.constantFrom('', `?bodySHA256=${'0'.repeat(64)}`)),
      fc.oneof(anyText, spoilt(fc.constant('a=1&b=2'))),
      fc.boolean(),
      (signature, settings, query, body, isJson) => {
        const fault = formFault({ signature, settings, isJson, body }, query);
        if (fault !== undefined) {
          expect(fault).toMatch(/^[a-z-]+$/);
          return;
        }
        const url = `https://login.example.com/webhooks/twilio/verify${query}`;
        expect(isSignedByTwilio(secrets, { signature, settings, url, isJson, body })).toBe(false);
      },
    ),
  },
  {
    'a fetch answers a fact or a code, whatever Twilio answers, and quotes none of it': fc.asyncProperty(
      httpStatus,
      fc.oneof(
        recordText(challengeJson),
        recordText(errorJson),
        anyText.map((text) => CANARY + text),
      ),
      answerHeaders,
      async (http, body, more) => {
        answer = { status: http, body: http === 204 || http === 304 ? '' : body, headers: more };
        const fetched = await gateway.fetchChallenge(IDENTITY, CHALLENGE);
        if (fetched.kind === 'learnt' && fetched.fact.kind === 'fetched') expect(http).toBeLessThan(300);
        for (const call of calls.splice(0)) expect(TWILIO_CALL_CODES).toContain(call.code);
        expect(JSON.stringify(fetched)).not.toContain(CANARY);
      },
    ),

    'a create was not sent only by a code of Twilio, and sent only with the Notification': fc.asyncProperty(
      httpStatus,
      fc.oneof(
        recordText(notificationJson),
        recordText(errorJson),
        anyText.map((text) => CANARY + text),
      ),
      answerHeaders,
      async (http, body, more) => {
        answer = { status: http, body: http === 204 || http === 304 ? '' : body, headers: more };
        const sendBefore = performance.now() + 5000;
        const created = await gateway.createNotification(IDENTITY, CHALLENGE, { ttlSeconds: 56, sendBefore });
        const told = (() => {
          try {
            return Object(JSON.parse(body)) as Record<string, unknown>;
          } catch {
            return {};
          }
        })();
        if (created.outcome === 'sent') {
          expect([http < 300, told['sid'], told['challenge_sid']]).toEqual([true, NOTIFICATION, CHALLENGE]);
        }
        if (created.outcome === 'notSent') {
          expect(http >= 400 && http < 500).toBe(true);
          expect(Number.isInteger(told['code']) && Number(told['code']) >= 10_000).toBe(true);
        }
        expect(JSON.stringify([created, calls.splice(0)])).not.toContain(CANARY);
      },
    ),

    'a token endpoint of any answer gives a header, or an error that quotes none of it': fc.asyncProperty(
      fc.constantFrom(200, 200, 200, 400, 401, 500),
      fc.oneof(
        recordText({ access_token: spoilt(fc.constant(CANARY)), expires_in: fc.constantFrom(3600, 0, -1, 1e308) }),
        anyText.map((text) => CANARY + text),
      ),
      async (http, body) => {
        answer = { status: http, body, headers: {} };
        const oauth = new OauthCredentials({ baseUrl, deadlineMs: 2000, clientId: 'id', clientSecret: 'secret' });
        try {
          const need = { before: performance.now() + 2000, isLastTry: false };
          const header = await Promise.resolve(oauth.authorization(need)).catch((error: unknown) => error);
          if (typeof header === 'string') {
            expect(header).toMatch(/^Bearer [A-Za-z0-9._~+/-]+=*$/);
            return;
          }
          expect(header).toBeInstanceOf(CredentialsError);
          expect((header as CredentialsError).reason).toMatch(/^token-[a-zA-Z0-9_-]+$/);
        } finally {
          await oauth.close();
        }
      },
    ),
  },
);
