/** What opens something: sessions, tokens and keys, as callers, stores and identity providers write them. */
import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sign } from 'cookie-signature';
import fc from 'fast-check';
import { type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { HttpProblem } from '@nest/answers/problems.js';
import { idempotencyKey } from '@nest/input/idempotency-key.js';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { CredentialConsumers } from '@nest/internal/consumers.js';
import { SCOPES } from '@nest/internal/scopes.js';
import { PushResendOptionsError } from '@nest/options.js';
import { bearerToken, CookieCredential } from '@nest/public/session-source.js';
import type { HttpRequest } from '@nest/requests/request-context.js';
import { CONSUMER_REASONS, SESSION_REASONS, type SessionReason } from '@resend/credential-reasons.js';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Session } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { objectionTo, sessionOfClaims } from '@sessions/access-token.js';
import { checkedSession } from '@sessions/checked-session.js';
import { ExpressSessions } from '@sessions/express-sessions.js';
import { IntrospectedSessions } from '@sessions/introspected-sessions.js';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import { propertyAt } from '@sessions/property-at.js';
import { RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { plainError } from '@telemetry/plain-error.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { fuzz } from './fuzz.js';
import { anyText, CANARY, jsonText, jsonValue, recordOf, recordText, spoilt, thrownBy } from './inputs.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** What an identity provider answers to everything. */
let answer = { status: 200, type: 'application/json', body: '' };
const provider = createServer((_request, response) => {
  response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
});
const providerUrl = () => `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
const answered = (body: string, status = 200, type = 'application/json') => (answer = { status, type, body });
beforeAll(() => new Promise<void>((resolve) => void provider.listen(0, '127.0.0.1', resolve)));
afterAll(() => void provider.close());

const ISSUER = 'https://idp.example.com';
const AUDIENCE = 'urn:push-resend';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicJwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
const KEYS = JSON.stringify({ keys: [publicJwk] });
const now = Math.floor(Date.now() / 1000);
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'somebody-0001', iat: now, exp: now + 86_400, client_id: 'screen' };
const signed = (header: object, claims: JWTPayload = CLAIMS) =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header }).sign(privateKey);
const GOOD_TOKEN = await signed({});
const verifierAt = (jwksUrl: string) =>
  new JwtVerifier({ jwksUrl, issuer: ISSUER, audience: AUDIENCE, algorithms: ['RS256', 'ES256'], deadlineMs: 2000 });
let verifier: JwtVerifier;
beforeAll(async () => {
  answered(KEYS);
  verifier = verifierAt(`${providerUrl()}/jwks`);
  expect(await verifier.verify(GOOD_TOKEN)).toMatchObject(CLAIMS);
});

/** A session of Twilio's own words, or a reason from the list: nothing in between. */
function expectSessionOrReason(found: Session | SessionReason): void {
  if (typeof found === 'string') {
    expect(SESSION_REASONS).toContain(found);
    return;
  }
  expect(found.identity).toMatch(IDENTITY);
  if (found.challengeSid !== undefined) expect(found.challengeSid).toMatch(CHALLENGE_SID);
}

/** What gets into the log of an error, and what is shown of it. */
const told = (error: unknown) => `${String(error)} ${JSON.stringify(error)} ${JSON.stringify(plainError(error))}`;

const WORD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const consistsOf = (text: string, letters: string) => Array.from(text).every((letter) => letters.includes(letter));
/** A key may be spelled with letters that no decoder reads. */
const bytesOf = (x: unknown) => (typeof x === 'string' ? Buffer.from(x, 'base64') : undefined);
const wordOf = (letters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(letters)), minLength, maxLength });

const identity = fc.oneof(
  fc.stringMatching(/^[a-z0-9]{4,20}(-[a-z0-9]{4,10}){1,3}$/),
  fc.constant('user-7c9e6679f74b'),
);
const anyIdentity = fc.oneof(identity, spoilt(identity), fc.integer(), fc.double());
const sid = fc.stringMatching(/^YC[0-9a-f]{32}$/);
const anySid = fc.oneof(sid, spoilt(sid), fc.constant(null));
const path = fc.array(fc.constantFrom('user', 'identity', 'toString', '__proto__', 'constructor', 'length', '0'), {
  minLength: 1,
  maxLength: 3,
});

const key = wordOf(`${WORD}_-`, 1, 140);
const quotedKey = key.map((text) => `"${text}"`);

const token = wordOf(`${WORD}._~+/-`, 1, 60);
const bearer = fc
  .tuple(fc.constantFrom('Bearer', 'bearer', 'BEARER', 'bEaReR'), fc.nat({ max: 3 }), token, fc.nat({ max: 2 }))
  .map(([scheme, blanks, text, ends]) => `${scheme}${' '.repeat(blanks)}${text}${'='.repeat(ends)}`);

const COOKIE = 'connect.sid';
const cookiePair = fc.tuple(fc.constantFrom(COOKIE, 'connect.sidx', 'a', '__proto__', 'connect'), anyText);
const SECRETS = ['the-newer-secret-of-it', 'the-older-secret-of-it'];
const claims = {
  sub: anyIdentity,
  challenge_sid: anySid,
  client_id: fc.constantFrom('screen', 'user-7c9e6679f74b'),
  typ: fc.constantFrom('Bearer', 'ID', 'at+jwt'),
  cnf: fc.constant(null),
};

const apiKey = newApiKey('login-backend', ['sessions:write']);
const keyRecord = {
  id: fc.constantFrom('login-backend', 'support'),
  secretSha256: fc.constantFrom(apiKey.record.secretSha256, '0'.repeat(64)),
  scopes: fc.subarray([...SCOPES]),
  expiresAt: fc.constantFrom('2199-01-01T00:00:00Z', '2001-01-01T00:00:00.000Z'),
};
const asRequest = (headers: HttpRequest['headers']) => ({ headers }) as HttpRequest;

fuzz(
  'credentials',
  {
    'an Idempotency-Key is the same quoted and bare, and no other text is one': fc.property(
      fc.oneof(spoilt(key), spoilt(quotedKey)),
      (header) => {
        const bare = header.length > 1 && header.startsWith('"') && header.endsWith('"') ? header.slice(1, -1) : header;
        const isKey = bare.length >= 8 && bare.length <= 128 && consistsOf(bare, `${WORD}_-`);
        if (isKey) {
          expect(idempotencyKey(header)).toBe(bare);
          return;
        }
        expect(thrownBy(() => idempotencyKey(header + CANARY.repeat(20)))).toBeInstanceOf(HttpProblem);
        const error = thrownBy(() => idempotencyKey(header));
        expect(error).toMatchObject({ code: 'idempotency-key-invalid', details: {} });
      },
    ),

    'a bearer token is the same in any case of its scheme, and any other Bearer is unreadable': fc.property(
      spoilt(bearer),
      (authorization) => {
        const found = bearerToken({ headers: { authorization } });
        const isBearer = authorization.slice(0, 7).toLowerCase() === 'bearer ';
        if (!isBearer) {
          expect(found).toBeUndefined();
          return;
        }
        const rest = authorization.slice(7).replace(/^ +/, '');
        const text = rest.replace(/=+$/, '');
        const isToken = text !== '' && consistsOf(text, `${WORD}._~+/-`);
        expect(found).toBe(isToken ? rest : '');
      },
    ),

    'of several cookies of a name the first one counts, as it was written': fc.property(
      fc.array(cookiePair, { maxLength: 4 }),
      fc.constantFrom(';', '; ', ' ;  '),
      (pairs, separator) => {
        const cookie = pairs
          .map(([name, value]) => `${name}=${encodeURIComponent(value.toWellFormed())}`)
          .join(separator);
        const [, first] = pairs.find(([name]) => name === COOKIE) ?? [];
        const found = new CookieCredential(COOKIE).of({ headers: { cookie } });
        if (first === undefined || first === '') {
          expect(found).toBeUndefined();
          return;
        }
        const value = first.toWellFormed();
        expect(found).toBe(encodeURIComponent(value).length > 4096 ? '' : value);
      },
    ),

    'a Cookie header of any text has a credential, none, or one that can not be read': fc.property(
      spoilt(fc.array(cookiePair, { maxLength: 4 }).map((pairs) => pairs.map((pair) => pair.join('=')).join('; '))),
      (cookie) => {
        const found = new CookieCredential(COOKIE).of({ headers: { cookie } });
        if (found === undefined) return;
        expect(cookie).toContain(COOKIE);
        expect(found.length).toBeLessThanOrEqual(4096);
      },
    ),

    'what a session record or a token says is a session of Twilio’s words, or a reason': fc.property(
      fc.oneof(anyIdentity, jsonValue()),
      fc.oneof(anySid, jsonValue()),
      fc.constantFrom('', 'auth0|', 'user-'),
      (who, bound, prefix) => {
        const found = checkedSession(who, bound, prefix);
        expectSessionOrReason(found);
        if (typeof found === 'object') expect(String(who)).toBe(prefix + found.identity);
      },
    ),

    'claims of any shape are those of a session, or a reason': fc.property(recordOf(claims), path, (given, where) => {
      const all = Object(given) as Record<string, unknown>;
      expect([undefined, 'bound-to-a-key', 'wrong-type']).toContain(objectionTo(all));
      for (const options of [{}, { identityPath: where }, { identityPrefix: 'user-' }]) {
        expectSessionOrReason(sessionOfClaims(all, options));
      }
    }),

    'a property is found along own properties alone': fc.property(
      jsonValue(['user', 'identity']),
      path,
      (record, names) => {
        let expected: unknown = record;
        for (const name of names) {
          const own = Object(expected) === expected ? Object.getOwnPropertyDescriptor(expected, name) : undefined;
          expected = own?.value;
        }
        expect(propertyAt(record, names)).toBe(expected);
      },
    ),

    'a cookie opens the record that its signature is of, whatever the record is': fc.asyncProperty(
      fc.oneof(spoilt(fc.constant('an-id')), anyText),
      fc.oneof(recordText({ identity: anyIdentity, challengeSid: anySid, cookie: fc.constant({}) }), anyText),
      fc.constantFrom(-2, -1, 0, 60_000),
      async (id, record, leftMs) => {
        const asked: string[] = [];
        const redis = { get: async (name: string) => (asked.push(name), record), pttl: async () => leftMs };
        const options = {
          secrets: SECRETS,
          prefix: 'sess:',
          identityPath: ['identity'],
          challengePath: ['challengeSid'],
        };
        const sessions = new ExpressSessions(redis, options);
        expectSessionOrReason(await sessions.find(`s:${sign(id, SECRETS[1] ?? '')}`));
        if (id !== '' && `s:${sign(id, SECRETS[1] ?? '')}`.length <= 4096) expect(asked).toEqual([`sess:${id}`]);
      },
    ),

    'a cookie of any text that nobody signed is not even looked up': fc.asyncProperty(
      spoilt(fc.constant(`s:${sign('an-id', 'the secret of somebody else')}`)),
      async (cookie) => {
        const redis = { get: () => expect.fail('asked'), pttl: () => expect.fail('asked') };
        const sessions = new ExpressSessions(redis, {
          secrets: SECRETS,
          prefix: '',
          identityPath: ['identity'],
        });
        expect(['malformed', 'bad-signature']).toContain(await sessions.find(cookie));
      },
    ),

    'a session token opens what its record says, whatever that is': fc.asyncProperty(
      recordText({ identity: anyIdentity, challengeSid: anySid, secretSha256: fc.constant('ab'.repeat(32)) }),
      spoilt(fc.constant(`prs_${'0'.repeat(32)}_${'A'.repeat(43)}`)),
      async (stored, credential) => {
        const redis = { get: async () => stored };
        const sessions = new TokenSessions(new RedisSessionStore(redis as never, ''));
        // The record's hash is that of no token.
        const found = await sessions.find(credential);
        expect(['malformed', 'unknown-token', 'wrong-secret']).toContain(found);
        const registered = await sessions.registered('0'.repeat(32));
        if (registered !== undefined) expectSessionOrReason(registered);
      },
    ),

    'a JWT that was changed is the same, or says why it is none': fc.asyncProperty(
      spoilt(fc.constant(GOOD_TOKEN)),
      async (text) => {
        const found = await verifier.verify(text);
        if (typeof found === 'string') expect(SESSION_REASONS).toContain(found);
        else expect(found).toEqual(CLAIMS);
      },
    ),

    'a JWT with any header and any claims, with the old signature, is none': fc.asyncProperty(
      recordText({
        alg: fc.constantFrom('ES256', 'none', 'HS256', 'RS256'),
        kid: fc.constantFrom('one', '../../etc/passwd', CANARY),
        typ: fc.constantFrom('at+jwt', 'JWT'),
        jku: fc.constant('http://127.0.0.1:1/'),
        jwk: fc.constant(publicJwk),
        crit: fc.constant(['b64']),
        b64: fc.boolean(),
      }),
      fc.oneof(fc.constant(JSON.stringify(CLAIMS)), jsonText()),
      async (header, payload) => {
        const encoded = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.');
        const signature = GOOD_TOKEN.split('.')[2] ?? '';
        for (const end of [signature, '']) {
          const found = await verifier.verify(`${encoded}.${end}`);
          expect(SESSION_REASONS).toContain(found);
        }
      },
    ),

    'a consumer is named by one word, by a JWT of any claims': fc.asyncProperty(
      recordOf({ client_id: spoilt(fc.constant('a-client')), scope: spoilt(fc.constant(SCOPES.join(' '))) }),
      async (given) => {
        const verify = async () => Object(given) as JWTPayload;
        const consumers = new CredentialConsumers(new ApiKeys(undefined, () => undefined), { verify });
        const consumer = await consumers.of(asRequest({}), GOOD_TOKEN);
        if (typeof consumer === 'string') {
          expect(CONSUMER_REASONS).toContain(consumer);
          return;
        }
        expect(consumer.actor).toMatch(/^client:[!-~]{1,128}$/);
        for (const scope of consumer.scopes) expect(typeof scope).toBe('string');
      },
    ),
  },
  {
    'a file of API keys is used as it is, or refused in words that quote none of it': fc.property(
      fc.oneof(
        fc.array(recordText(keyRecord), { maxLength: 3 }).map((records) => `[${records.join()}]`),
        spoilt(fc.constant(JSON.stringify([apiKey.record]))),
        anyText.map((text) => text + CANARY),
      ),
      spoilt(fc.constant(apiKey.credential)),
      (text, credential) => {
        const file = join(directory, 'keys.json');
        writeFileSync(file, text);
        const made: { keys?: ApiKeys } = {};
        const error = thrownBy(() => (made.keys = new ApiKeys(file, () => undefined)));
        if (error !== undefined) {
          expect(error).toBeInstanceOf(PushResendOptionsError);
          expect(told(error)).not.toContain(CANARY);
          return;
        }
        const records = JSON.parse(text.replace(/^\ufeff/, '')) as (typeof apiKey.record)[];
        const found = made.keys?.find(credential);
        if (typeof found === 'string') {
          expect(CONSUMER_REASONS).toContain(found);
          return;
        }
        expect(credential).toBe(apiKey.credential);
        expect(records).toContainEqual(found);
      },
    ),

    'a key set of any shape accepts nobody whose key is not in it, and is quoted by no error': fc.asyncProperty(
      fc.oneof(
        fc
          .array(
            recordText(
              Object.fromEntries(Object.entries(publicJwk).map(([name, value]) => [name, fc.constant(value)])),
            ),
            { maxLength: 3 },
          )
          .map((keys) => `{"keys":[${keys.join()}],"x":"${CANARY}"}`),
        spoilt(fc.constant(KEYS)),
        anyText.map((text) => CANARY + text),
      ),
      fc.constantFrom(200, 200, 200, 204, 404, 500),
      async (body, status) => {
        answered(body, status);
        const found = await verifierAt(`${providerUrl()}/jwks`)
          .verify(GOOD_TOKEN)
          .catch((error: unknown) => error);
        if (typeof found === 'string') {
          expect(SESSION_REASONS).toContain(found);
          return;
        }
        if (!(found instanceof Refusal)) {
          const { keys } = JSON.parse(body.replace(/^\ufeff/, '')) as { keys: ({ x?: unknown } | null)[] };
          expect(keys.map((one) => bytesOf(one?.x))).toContainEqual(bytesOf(publicJwk.x));
          return;
        }
        expect(found.code).toBe('session-unavailable');
        expect(told(found.details.cause)).not.toContain(CANARY);
      },
    ),

    'an introspection answer of any shape opens a session only if it says active, and is quoted by no error':
      fc.asyncProperty(
        fc.oneof(
          recordText({ active: fc.constantFrom(true, true, true, false), exp: fc.constant(now + 600), ...claims }),
          spoilt(fc.constant(JSON.stringify({ active: true, sub: 'somebody-0001' }))),
          anyText.map((text) => CANARY + text),
        ),
        fc.constantFrom(200, 200, 200, 204, 400, 401, 500),
        fc.constantFrom('application/json', 'application/json', 'application/token-introspection+jwt', 'text/html', ''),
        async (body, status, type) => {
          answered(body, status, type);
          const url = `${providerUrl()}/introspect`;
          const client = { clientId: 'push-resend', clientSecret: 'a secret' };
          const sessions = new IntrospectedSessions({ url, ...client, cacheMs: 0, deadlineMs: 2000 });
          const found = await sessions.find('an-opaque-token').catch((error: unknown) => error);
          if (!(found instanceof Refusal)) {
            expectSessionOrReason(found as Session | SessionReason);
            if (typeof found === 'object')
              expect([status, (JSON.parse(body) as { active: unknown }).active]).toEqual([200, true]);
            return;
          }
          expect(found.code).toBe('session-unavailable');
          expect(told(found.details.cause)).not.toContain(CANARY);
        },
      ),
  },
);
