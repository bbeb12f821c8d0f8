import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { httpServer } from './servers.js';
import {
  CHALLENGE,
  challenge,
  credentials,
  IDENTITY,
  NOTIFICATION,
  notification,
  OTHER_CHALLENGE,
  respond,
  rigAt,
  twilioError,
} from './verify-fixtures.js';

const { serviceSid } = credentials;
const missing = (what: string): string => `The requested resource ${what} was not found`;
const unknown = { outcome: 'unknown' };
const notSent = (code: string, more: object = {}): object => ({ outcome: 'notSent', code, ...more });
const path = `/Services/${serviceSid}/Entities/${IDENTITY}/Challenges/${CHALLENGE}`;
const problem = (status: number, code: unknown, detail = ''): object => ({
  type: 'https://www.twilio.com/docs/errors',
  title: 'A problem',
  status,
  code,
  detail,
});

async function created(status: number, body: unknown, more: object = {}) {
  const twilio = await httpServer((_, response) => respond(response, status, body, more));
  const rig = rigAt(twilio.baseUrl);
  const outcome = await rig.create();
  expect(twilio.requests).toHaveLength(1);
  const [call] = rig.calls;
  return { outcome, codes: rig.codes(), call, detail: call?.detail, request: twilio.requests[0] };
}

it('a 201 with a Notification of the Challenge is sent', async () => {
  const { outcome, codes } = await created(201, notification);
  expect(outcome).toEqual({ outcome: 'sent', sid: NOTIFICATION });
  expect(codes).toEqual(['ok']);
});

it('Twilio sees one form POST with the API key, the ttl and no Accept-Encoding', async () => {
  const { request } = await created(201, notification);
  const { username, password } = credentials;
  expect(request).toMatchObject({ method: 'POST', path: `/v2${path}/Notifications`, body: 'Ttl=56' });
  expect(request?.headers).toMatchObject({
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(request?.headers['accept-encoding']).toBeUndefined();
});

it('an account SID with its auth token works as well as an API key', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const pair = { username: credentials.accountSid, password: 'an-auth-token' };
  expect(await rigAt(twilio.baseUrl, pair).create()).toMatchObject({ outcome: 'sent' });
  expect(twilio.requests[0]?.headers.authorization).toBe(
    `Basic ${Buffer.from(`${pair.username}:${pair.password}`).toString('base64')}`,
  );
});

it('a base URL may have a path, and the SDK moves no request to another host', async () => {
  vi.stubEnv('TWILIO_EDGE', 'sydney');
  vi.stubEnv('TWILIO_REGION', 'au1');
  onTestFinished(() => void vi.unstubAllEnvs());
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  expect(await rigAt(`${twilio.baseUrl}/twilio/`).create()).toMatchObject({ outcome: 'sent' });
  expect(twilio.requests).toMatchObject([{ path: `/twilio/v2${path}/Notifications` }]);
});

describe("a 4xx with Twilio's code is not sent, and means", () => {
  it.each([
    [429, 60309, 'challenge-limit', { fact: { kind: 'exhausted' } }],
    [403, 60322, 'challenge-answered', {}],
    [403, 60323, 'challenge-expired', { fact: { kind: 'expired' } }],
    [400, 60307, 'challenge-not-push', { fact: { kind: 'not-push' } }],
    [404, 20404, 'challenge-not-found', { fact: { kind: 'not-found' } }],
    [404, 60390, 'challenge-not-found', { fact: { kind: 'not-found' } }],
    [404, 60391, 'challenge-not-found', { fact: { kind: 'not-found' } }],
    [404, 60392, 'challenge-not-found', { fact: { kind: 'not-found' } }],
    [429, 20429, 'provider-throttled', { waitMs: 1_000 }],
    [429, 25109, 'provider-throttled', { waitMs: 1_000 }],
    [401, 20003, 'provider-rejected', {}],
    [403, 20403, 'provider-rejected', {}],
    [403, 70051, 'provider-rejected', {}],
  ])('%i %i: %s', async (status, code, meaning, more) => {
    const { outcome, codes } = await created(status, twilioError(status, code));
    expect(outcome).toEqual(notSent(meaning, more));
    expect(codes).toEqual([String(code)]);
  });

  it.each([
    [400, 60300, 'provider-error'],
    [429, 60308, 'provider-error'],
    [401, 20104, 'provider-rejected'],
  ])('%i %i, which has no row: %s', async (status, code, meaning) => {
    const { outcome, codes, detail } = await created(status, twilioError(status, code));
    expect(outcome).toEqual(notSent(meaning));
    expect([codes, detail]).toEqual([['other-code'], `twilio-${code}`]);
  });

  it('20404, and its message is no text: challenge-not-found', async () => {
    const { outcome } = await created(404, { code: 20404, message: { toString: null } });
    expect(outcome).toEqual(notSent('challenge-not-found', { fact: { kind: 'not-found' } }));
  });

  it('60309 in an RFC 9457 body: challenge-limit', async () => {
    const { outcome } = await created(429, problem(429, 60309), { 'Content-Type': 'application/problem+json' });
    expect(outcome).toEqual(notSent('challenge-limit', { fact: { kind: 'exhausted' } }));
  });
});

describe('a 20404 that names', () => {
  const notFound = notSent('challenge-not-found', { fact: { kind: 'not-found' } });
  const rejected = notSent('provider-rejected');

  it.each([
    [`${path}/Notifications`, notFound],
    [`/v2${path}`, notFound],
    ['/something/else', notFound],
    [`/Services/${serviceSid}`, rejected],
    [`/v2/Services/${serviceSid}/`, rejected],
  ])('%s', async (what, meaning) => {
    expect((await created(404, twilioError(404, 20404, missing(what)))).outcome).toEqual(meaning);
  });

  it('the Service alone, in an RFC 9457 body', async () => {
    const body = problem(404, 20404, missing(`/Services/${serviceSid}`));
    expect((await created(404, body)).outcome).toEqual(rejected);
  });
});

describe('onCall hears of a call', () => {
  const ofService = missing(`/Services/${serviceSid}`);

  it.each<[number, object | string]>([
    [401, twilioError(401, 20003)],
    [401, twilioError(401, 20104)],
    [403, twilioError(403, 20403)],
    [403, twilioError(403, 70051)],
    [404, twilioError(404, 20404, ofService)],
    [401, ''],
    [403, '<html>Forbidden</html>'],
  ])('that it is rejected: %i %j', async (status, body) => {
    expect((await created(status, body)).call).toMatchObject({ isRejected: true });
  });

  it.each<[number, object | string]>([
    [201, notification],
    [404, twilioError(404, 20404, missing(path))],
    [403, twilioError(403, 60323)],
    [400, twilioError(400, 60300)],
    [429, twilioError(429, 20429)],
    [429, ''],
    [503, ''],
  ])('that is not rejected: %i %j', async (status, body) => {
    expect((await created(status, body)).call).not.toHaveProperty('isRejected');
  });
});

describe('Retry-After', () => {
  it.each([
    ['7', 7_000],
    ['0', 1_000],
    ['86400', 60_000],
    ['Mon, 02 Mar 2026 10:00:09 GMT', 9_000],
    ['Mon, 02 Mar 2026 09:00:00 GMT', 1_000],
    ['soon', 1_000],
  ])("%s, by Twilio's own Date", async (retryAfter, waitMs) => {
    const { outcome } = await created(429, twilioError(429, 20429), { 'Retry-After': retryAfter });
    expect(outcome).toEqual(notSent('provider-throttled', { waitMs }));
  });

  it('has no say where time does not help', async () => {
    const { outcome } = await created(429, twilioError(429, 60309), { 'Retry-After': '7' });
    expect(outcome).not.toHaveProperty('waitMs');
  });
});

describe('unknown is', () => {
  it.each([
    [400, { message: 'no code' }, 'no-code'],
    [401, '<html>log in</html>', 'no-code'],
    [403, { code: 403, message: "a gateway's own" }, 'no-code'],
    [404, { code: '20404', status: 404 }, 'no-code'],
    [429, '', 'no-code'],
    [429, 'null', 'no-code'],
    [500, twilioError(500, 20500), 'server-error'],
    [500, twilioError(404, 20404), 'server-error'],
    [500, problem(404, 20404), 'server-error'],
    [502, '<html>Bad Gateway</html>', 'server-error'],
    [503, '', 'server-error'],
    [503, 'null', 'server-error'],
    [302, '<html>elsewhere</html>', 'unreadable'],
    [302, notification, 'unreadable'],
    [201, '<html>log in</html>', 'unreadable'],
    [201, '', 'unreadable'],
    [201, 'null', 'unreadable'],
    [201, '[]', 'unreadable'],
    [201, { ...notification, sid: undefined }, 'unreadable'],
    [201, { ...notification, sid: CHALLENGE }, 'unreadable'],
    [201, { ...notification, challenge_sid: OTHER_CHALLENGE }, 'unreadable'],
    [201, challenge, 'unreadable'],
    [204, '', 'unreadable'],
  ])('%i %j', async (status, body, code) => {
    const { outcome, codes } = await created(status, body, { Location: '/elsewhere' });
    expect(outcome).toEqual(unknown);
    expect(codes).toEqual([code]);
  });

  it('a 201 in gzip, which nobody asked for', async () => {
    const { outcome } = await created(201, gzipSync(JSON.stringify(notification)), { 'Content-Encoding': 'gzip' });
    expect(outcome).toEqual(unknown);
  });
});
