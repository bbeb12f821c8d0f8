/** What operators write: every variable, alone and together, and the files that variables name. */
import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect } from 'vitest';
import { checkedOptions } from '@nest/parts/checked-options.js';
import { sessionsOf } from '@nest/parts/sessions.js';
import type { RedisConnections } from '@redis/connections.js';
import { areAddresses, parseAddresses, withoutBrackets } from '@settings/addresses.js';
import { certificatesComplaint } from '@settings/certificates.js';
import { privateKeyComplaint } from '@settings/pem.js';
import { plainText, UnusableText } from '@settings/plain-text.js';
import { ignoredVariables, readSettings, SettingsError } from '@settings/read-settings.js';
import { SECRETS, Settings } from '@settings/settings.js';
import { textOfFile } from '@settings/text-file.js';
import { isOrigin, isProxyUrl, isPublicUrl, proxyUrl } from '@settings/urls.js';
import { areUserLimits, parseUserLimits } from '@settings/user-limits.js';
import { variableOf } from '@settings/variable.js';
import type { Metrics } from '@telemetry/metrics.js';
import { tracingSettings } from '@telemetry/tracing/environment.js';
import { startedLine } from '../../apps/resend/src/ops/started-line.js';
import { trustIn } from '../../apps/resend/src/http/trusted-proxies.js';
import { optionsFrom } from '../../apps/resend/src/wiring/options-from.js';
import { endpointFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { selfSigned } from '../support/certificate.js';
import { fuzz } from './fuzz.js';
import { anyText, CANARY, spoilt } from './inputs.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'a-file');
const { cert, key } = selfSigned('an authority');

const needed = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: `${CANARY}-of-the-api-key`,
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};
const HASH_SECRET = `${CANARY}-${'x'.repeat(32)}`;
const with_ = (strategy: string, more: Readonly<Record<string, string>>) => ({ SESSION_STRATEGY: strategy, ...more });

/** Settings that belong together. */
const SETS: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    TRUSTED_PROXIES: '10.0.0.0/8,::1',
    CORS_ORIGINS: 'https://a.example.com,capacitor://localhost',
    CORS_HEADERS: 'X-App',
  },
  { PUBLIC_URL: 'https://login.example.com/push', TWILIO_AUTH_TOKEN: `${CANARY}-one,${CANARY}-two` },
  { HTTPS_PROXY: `http://user:${CANARY}@proxy.example.com:3128`, NO_PROXY: 'keycloak,.example.com' },
  { RESEND_USER_LIMITS: '10/24h,5/15m', RESEND_COOLDOWN_SECONDS: '30,60', RESEND_MAX_PER_CHALLENGE: '2' },
  { REDIS_URL: `rediss://user:${CANARY}@redis.example.com:6379/3`, IDENTITY_HASH_SECRET: HASH_SECRET },
  { REDIS_SENTINELS: 'one.example.com:26379,[::1]:26379', REDIS_TLS: 'true', IDENTITY_HASH_SECRET: HASH_SECRET },
  with_('jwt', {
    SESSION_JWT_JWKS_URL: 'https://idp.example.com/jwks',
    SESSION_JWT_ISSUER: 'https://idp.example.com',
    SESSION_JWT_AUDIENCE: 'urn:push-resend',
    SESSION_IDENTITY_CLAIM: 'user.identity',
  }),
  with_('introspection', {
    SESSION_INTROSPECTION_URL: 'https://idp.example.com/introspect',
    SESSION_INTROSPECTION_CLIENT_ID: 'push-resend',
    SESSION_INTROSPECTION_CLIENT_SECRET: `${CANARY}-of-the-client`,
  }),
  with_('express-session', {
    REDIS_URL: 'redis://127.0.0.1',
    IDENTITY_HASH_SECRET: HASH_SECRET,
    SESSION_COOKIE_SECRETS: `${CANARY}-of-the-cookie`,
    SESSION_STORE_IDENTITY_PATH: 'user.identity',
  }),
  {
    INTERNAL_JWT_JWKS_URL: 'https://idp.example.com/jwks',
    INTERNAL_JWT_ISSUER: 'https://idp.example.com',
    INTERNAL_JWT_AUDIENCE: 'urn:push-resend:internal',
  },
];
const variables = Object.keys(new Settings()).map((name) => variableOf(name as keyof Settings));
const anyName = fc.oneof(
  fc.constantFrom(...variables, ...SECRETS.map((name) => `${variableOf(name)}_FILE`)),
  spoilt(fc.constantFrom(...variables)),
);
const environment = fc
  .tuple(
    fc
      .constantFrom(...SETS)
      .chain((set) =>
        fc.record(
          Object.fromEntries(
            Object.entries(set).map(([name, value]) => [
              name,
              fc.oneof(
                { weight: 5, arbitrary: fc.constant(value) },
                { weight: 1, arbitrary: spoilt(fc.constant(value)) },
              ),
            ]),
          ),
        ),
      ),
    fc.dictionary(anyName, fc.oneof(anyText, fc.constantFrom('true', '1', '5000', 'https://x.example')), {
      maxKeys: 2,
    }),
  )
  .map((parts) => Object.assign({}, needed, ...parts) as Record<string, string>);

const surroundings = { log: {} as never, metrics: {} as Metrics };
/** What the service makes of settings at its start, without a socket. */
function wire(settings: Settings): void {
  const redis = endpointFrom(settings) && ({ ledger: {}, sessions: {} } as RedisConnections);
  const options = checkedOptions(optionsFrom({ settings, ...surroundings, ...(redis && { redis }) }));
  sessionsOf(options, { redis, log: surroundings.log });
  const at = { host: '::', privateHost: '::', port: 1, privatePort: 2, version: 'x' };
  expect(JSON.stringify(startedLine({ settings, ...at }))).not.toContain(CANARY);
  trustIn(settings.trustedProxies);
}

const SHORTCUTS = new Set(['', '\r', '\n', '\t', ' ', '\ufeff', '\u200b']);
const blanks = fc.constantFrom(...SHORTCUTS);
const isComplaint = (error: unknown) => {
  expect(error).toBeInstanceOf(UnusableText);
  expect(String(error)).not.toContain(CANARY);
};
const attempt = <Made>(make: () => Made): Made | undefined => {
  try {
    return make();
  } catch (error) {
    isComplaint(error);
    return undefined;
  }
};

fuzz(
  'settings',
  {
    'a text means the same with blanks around it, and again when it is read again': fc.property(
      fc.oneof(anyText, spoilt(fc.constant(`a,${CANARY},c`))),
      blanks,
      fc.boolean(),
      fc.boolean(),
      (text, blank, isSecret, isList) => {
        const kind = { isSecret, isList };
        const plain = attempt(() => plainText(text, kind));
        expect(attempt(() => plainText(blank + text + blank, kind))).toBe(plain);
        if (plain === undefined) return;
        expect(plain).not.toMatch(/[\r\n\t\0\u200b\ufeff]/);
        // A secret may keep quotes, which say something else when they are read again.
        if (!isSecret) expect(plainText(plain, kind)).toBe(plain);
      },
    ),

    'a list means the same by commas and by lines': fc.property(
      fc.array(fc.stringMatching(/^[a-z0-9./:-]{1,9}$/), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('\n', '\r\n', ', ', ',\n', '\n\n  '),
      fc.boolean(),
      (items, separator, isSecret) => {
        expect(plainText(items.join(separator), { isSecret, isList: true })).toBe(items.join(','));
      },
    ),

    'addresses are read as they were written': fc.property(
      fc.array(fc.tuple(fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 })), {
        minLength: 1,
        maxLength: 4,
      }),
      (pairs) => {
        const text = pairs.map(([host, port]) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
        expect(parseAddresses(text)).toEqual(pairs.map(([host, port]) => ({ host, port })));
        expect(areAddresses(parseAddresses(text))).toBe(true);
        for (const [host] of pairs) expect(withoutBrackets(`[${host}]`)).toBe(host);
      },
    ),

    'addresses of any text have a host and a port, or are refused': fc.property(
      spoilt(fc.constant('one.example.com:26379,[::1]:26379')),
      (text) => {
        const addresses = parseAddresses(text);
        if (!areAddresses(addresses)) return;
        for (const { host, port } of addresses) {
          expect(host).toMatch(/^[\w.:-]+$/);
          expect(text).toContain(String(port));
        }
      },
    ),

    'limits of users are those that were written, the longest window first': fc.property(
      fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 1440 })), {
        minLength: 1,
        maxLength: 5,
        selector: ([, minutes]) => minutes,
      }),
      (pairs) => {
        const limits = parseUserLimits(pairs.map(([limit, minutes]) => `${limit}/${minutes}m`).join(','));
        expect(areUserLimits(limits)).toBe(true);
        const written = pairs.map(([limit, minutes]) => ({ limit, windowMs: minutes * 60_000 }));
        expect(limits).toEqual(written.toSorted((a, b) => b.windowMs - a.windowMs));
      },
    ),

    'limits of any text are whole numbers, or are refused': fc.property(spoilt(fc.constant('10/24h,5/15m')), (text) => {
      const limits = parseUserLimits(text);
      if (!areUserLimits(limits)) return;
      for (const { limit, windowMs } of limits) expect([limit, windowMs].every(Number.isSafeInteger)).toBe(true);
    }),

    'an origin, a public URL and a proxy that are accepted can be used': fc.property(
      spoilt(
        fc.constantFrom(
          'https://a.example.com',
          'capacitor://localhost',
          'http://u:p%2F@10.0.0.1:3128/',
          'https://l.example/p',
        ),
      ),
      (text) => {
        if (isOrigin(text)) expect(text).not.toMatch(/[*\s]/);
        if (isOrigin(text) && /^https?:/.test(text)) expect(new URL(text).origin).toBe(text);
        if (isPublicUrl(text)) expect(new URL(`${text}/x`).origin).not.toBe('null');
        const proxy = proxyUrl(text);
        if (!isProxyUrl(proxy)) return;
        const { username, password } = new URL(proxy);
        expect(() => decodeURIComponent(username + password)).not.toThrow();
      },
    ),

    'what OTEL_… says is on with numbers, or off, or ignored by name': fc.property(
      fc.record(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: spoilt(fc.constant('http://collector:4318')),
          OTEL_TRACES_SAMPLER: spoilt(fc.constantFrom('parentbased_traceidratio', 'always_off')),
          OTEL_TRACES_SAMPLER_ARG: spoilt(fc.constantFrom('0.5', '1')),
          OTEL_BSP_MAX_QUEUE_SIZE: spoilt(fc.constant('2048')),
          OTEL_PROPAGATORS: anyText,
        },
        { requiredKeys: [] },
      ),
      (given) => {
        const { settings, ignored } = tracingSettings(given);
        for (const name of ignored) expect(name).toMatch(/^OTEL_[A-Z_]+$/);
        if (settings === undefined) return;
        expect(settings.sampler.ratio >= 0 && settings.sampler.ratio <= 1).toBe(true);
        for (const size of Object.values(settings.batches)) expect(Number.isSafeInteger(size) && size > 0).toBe(true);
      },
    ),
  },
  {
    'an environment is settings that the service can start with, or complaints that quote no value': fc.property(
      environment,
      (given) => {
        const made: { settings?: Settings } = {};
        try {
          made.settings = readSettings(given);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
          expect((error as SettingsError).complaints.length).toBeGreaterThan(0);
          expect(String(error)).not.toContain(CANARY);
          return;
        }
        wire(made.settings);
        expect(JSON.stringify(ignoredVariables(given))).not.toContain(CANARY);
      },
    ),

    'a file of any bytes is text, or a complaint': fc.property(
      fc.oneof(
        fc.uint8Array(),
        anyText.map((text) => Buffer.from(CANARY + text)),
        anyText.map((text) => Buffer.from(text, 'utf16le')),
      ),
      (bytes) => {
        writeFileSync(file, bytes);
        const text = attempt(() => textOfFile(file));
        if (text !== undefined) expect(text).toBe(new TextDecoder().decode(bytes));
      },
    ),

    'a PEM file of any text has certificates or a key, or not': fc.property(
      spoilt(fc.constantFrom(cert, key, cert + key)),
      (text) => {
        writeFileSync(file, text);
        const complaint = certificatesComplaint(file);
        if (complaint === undefined) expect(text).toContain('BEGIN CERTIFICATE');
        else expect(complaint).toMatch(/^must be /);
        if (privateKeyComplaint(file) === undefined) expect(text).toContain('PRIVATE KEY');
      },
    ),
  },
);
