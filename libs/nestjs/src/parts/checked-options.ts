import { Cluster, Redis } from 'ioredis';
import { VerifyGateway } from '@resend/ports.js';
import type { UserClaims } from '@sessions/access-token.js';
import { CLIENT_AUTHENTICATIONS } from '@sessions/introspected-sessions.js';
import { ASYMMETRIC_ALGORITHMS, AUDIENCE_CLAIMS } from '@sessions/jwt-verifier.js';
import {
  type JwtOptions,
  PushResendOptionsError,
  type PushResendOptions,
  type TwilioApiKey,
  type TwilioCredentials,
} from '../options.js';
import type { WebhookOptions } from '../webhook/webhook.controller.js';
import { aboutClearText } from './clear-text.js';
import { type CompletedOptions, completedOptions } from './completed-options.js';
import {
  DEFAULT_AUDIT,
  DEFAULT_CAPACITY,
  DEFAULT_DEADLINES,
  DEFAULT_EVENTS,
  DEFAULT_POLICY,
  DEFAULT_TAP_LIMITS,
} from './defaults.js';
import { aboutTexts } from './option-texts.js';

/** @throws PushResendOptionsError listing every invalid option */
export function checkedOptions(options: PushResendOptions): CompletedOptions {
  const completed = completedOptions(options);
  const complaints = complaintsAbout(completed);
  if (complaints.length > 0) throw new PushResendOptionsError(complaints);
  return completed;
}

/**
 * Every invalid option. No message quotes a value, which may be a secret. TypeScript accepts empty strings, and values of
 * type any that a host reads from its environment: with an empty secret anyone could sign, and an empty audience would
 * accept every token of the issuer.
 */
function complaintsAbout(options: CompletedOptions): string[] {
  const { twilio, webhook, session, consumers } = options;
  return [
    ...aboutTexts(options),
    ...aboutNames(options),
    ...aboutClearText(options),
    ...aboutPolicy(options),
    ...aboutOtherNumbers(options),
    ...(twilio instanceof VerifyGateway ? [] : aboutTwilio(twilio)),
    ...aboutRedis(options),
    ...aboutSession(session),
    ...(consumers?.jwt ? aboutJwt('consumers.jwt', consumers.jwt) : []),
    ...(webhook ? aboutWebhook(webhook) : []),
    ...aboutProxies(options),
  ];
}

/** Names that TypeScript does not see, because the options come from somewhere else. */
function aboutNames(options: CompletedOptions): string[] {
  const { policy, deadlines, capacity, tapLimits, audit, events = {} } = options;
  return [
    ...unknownNames('policy', policy, DEFAULT_POLICY),
    ...unknownNames('deadlines', deadlines, DEFAULT_DEADLINES),
    ...unknownNames('capacity', capacity, DEFAULT_CAPACITY),
    ...unknownNames('tapLimits', tapLimits, DEFAULT_TAP_LIMITS),
    ...unknownNames('audit', audit, DEFAULT_AUDIT),
    ...unknownNames('events', events, DEFAULT_EVENTS),
  ];
}

function unknownNames(place: string, given: object, known: object): string[] {
  return Object.keys(given)
    .filter((name) => !(name in known))
    .map((name) => `${place}.${name}: is not an option; there are ${Object.keys(known).join(', ')}`);
}

const HOUR_MS = 3_600_000;

function aboutPolicy({ policy, deadlines }: CompletedOptions): string[] {
  const { cooldownsMs, userLimits, maxPerChallenge, denyHoldMs, coalesceMs } = policy;
  const { leaseMs, maxChallengeAgeMs, challengeCacheMs } = policy;
  const { fetchMs, createMs, dispatchToSendMs } = deadlines;
  // The Challenge is fetched once before the create, and again if Twilio reports that it was answered meanwhile.
  const busyMs = 2 * fetchMs + createMs + dispatchToSendMs;
  const windows = userLimits.map(({ windowMs }) => windowMs);
  return [
    ...notWhole('policy', 1, { leaseMs, maxChallengeAgeMs, challengeCacheMs }),
    ...notWhole('policy', 0, { denyHoldMs, coalesceMs }),
    ...notWhole('policy.cooldownsMs', 1, cooldownsMs),
    ...userLimits.flatMap(({ limit, windowMs }) => notWhole('policy.userLimits', 1, { limit, windowMs })),
    ...notWhole('deadlines', 1, deadlines),
    ...complaint('policy.cooldownsMs: needs at least one', cooldownsMs.length === 0),
    ...complaint(
      'policy.cooldownsMs: must be longer than deadlines.createMs and deadlines.dispatchToSendMs together',
      Math.min(...cooldownsMs) <= createMs + dispatchToSendMs,
    ),
    ...complaint(`policy.leaseMs: must be longer than all Twilio deadlines together, ${busyMs} ms`, leaseMs <= busyMs),
    ...complaint('policy.denyHoldMs: must be at most 1 h', denyHoldMs > HOUR_MS),
    ...complaint('policy.maxPerChallenge: must be 1, 2 or 3', ![1, 2, 3].includes(maxPerChallenge)),
    ...complaint('policy.userLimits: needs at least one', userLimits.length === 0),
    ...complaint(
      'policy.userLimits: no window may be longer than 24 h',
      windows.some((windowMs) => windowMs > 24 * HOUR_MS),
    ),
    ...complaint('policy.userLimits: only one limit for each window', new Set(windows).size < windows.length),
  ];
}

function aboutOtherNumbers({ capacity, tapLimits, audit, events, redisCommandTimeoutMs }: CompletedOptions): string[] {
  const { maxConcurrent, queue, breaker } = capacity;
  const { limit, waitMs } = queue;
  const { failures, openMs } = breaker;
  return [
    ...notWhole('capacity', 1, { maxConcurrent }),
    ...notWhole('capacity.queue', 0, { limit, waitMs }),
    ...notWhole('capacity.breaker', 1, { failures, openMs }),
    ...notWhole('tapLimits', 1, tapLimits),
    ...notWhole('audit', 1, audit),
    ...notWhole('events', 1, events ?? {}),
    ...notWhole('', 1, { redisCommandTimeoutMs }),
  ];
}

/** One message for each value that is not an integer of at least `least`. Redis rejects fractions of a millisecond. */
function notWhole(place: string, least: number, numbers: object): string[] {
  return Object.entries(numbers)
    .filter(([, value]) => !(Number.isSafeInteger(value) && value >= least))
    .map(([name]) => {
      const option = place === '' ? name : `${place}.${name}`;
      return `${option}: must be a whole number${option.includes('Ms') ? ' of milliseconds' : ''}, ${least} or more`;
    });
}

function notOneOf(option: string, value: string, known: readonly string[]): string[] {
  return complaint(`${option}: must be ${known.join(' or ')}`, !known.includes(value));
}

/** A secret that is a function is asked when it is needed. */
function aboutTwilio(twilio: TwilioCredentials): string[] {
  const { accountSid, serviceSid, baseUrl } = twilio;
  return [
    ...complaint('twilio.baseUrl: must be an http or https URL', baseUrl !== undefined && !isHttpUrl(baseUrl)),
    ...complaint('twilio.accountSid: must be AC and 32 hexadecimal digits', !/^AC[0-9a-fA-F]{32}$/.test(accountSid)),
    ...('oauth' in twilio ? withoutSecret('twilio.oauth', twilio.oauth) : aboutApiKey(twilio)),
    ...complaint('twilio.serviceSid: must be VA and 32 hexadecimal digits', !/^VA[0-9a-fA-F]{32}$/.test(serviceSid)),
  ];
}

function aboutApiKey({ apiKeySid: sid, apiKeySecret }: TwilioApiKey): string[] {
  const isSid = typeof sid === 'function' || /^(SK|AC)[0-9a-fA-F]{32}$/.test(sid);
  return [
    ...complaint(
      'twilio.apiKeySid: must be SK (an API key) or AC (the account, with its auth token) and 32 hexadecimal digits',
      !isSid,
    ),
    ...withoutSecret('twilio', { apiKeySecret }),
  ];
}

function aboutRedis(options: CompletedOptions): string[] {
  const { redis, redisPersistence = 'checked', identityHashSecret = '', session } = options;
  if (redis === 'memory') {
    return [
      ...complaint(
        "redis: 'memory' forgets every limit at a restart; pass an ioredis client in production",
        process.env['NODE_ENV'] === 'production',
      ),
      ...complaint(
        "session: 'express-session' reads a connect-redis store, so it needs a Redis",
        typeof session !== 'function' && session.strategy === 'express-session',
      ),
    ];
  }
  const isKnown = redis instanceof Redis || redis instanceof Cluster || 'ledger' in redis;
  return [
    ...complaint(
      "redis: must be 'memory' or a client of the same copy of ioredis that this module uses; see npm ls ioredis",
      !isKnown,
    ),
    ...complaint(
      'identityHashSecret: is required with Redis, 32 characters or more, the same in all instances',
      identityHashSecret.length < 32,
    ),
    ...notOneOf('redisPersistence', redisPersistence, ['checked', 'trusted']),
  ];
}

function aboutSession(session: PushResendOptions['session']): string[] {
  if (typeof session === 'function') return [];
  switch (session.strategy) {
    case 'token':
      return [];
    case 'express-session':
      return [
        ...complaint('session.secrets: needs at least one', session.secrets.length === 0),
        ...empty('session.secrets', session.secrets),
        ...complaint('session.identityPath: needs at least one name', session.identityPath.length === 0),
      ];
    case 'jwt':
      return [...aboutJwt('session', session), ...aboutUser(session)];
    case 'introspection': {
      const {
        url,
        clientId,
        clientSecret,
        clientAuthentication = 'client_secret_basic',
        cacheMs,
        deadlineMs,
      } = session;
      return [
        ...aboutTolerance('session', session),
        ...aboutUser(session),
        ...complaint('session.url: must be an http or https URL', !isHttpUrl(url)),
        ...empty('session', { clientId, clientSecret }),
        ...notOneOf('session.clientAuthentication', clientAuthentication, CLIENT_AUTHENTICATIONS),
        ...notWhole('session', 0, { cacheMs }),
        ...notWhole('session', 1, { deadlineMs }),
      ];
    }
    default:
      return ['session.strategy: must be token, express-session, jwt or introspection'];
  }
}

function aboutUser({ identityPath, scope }: UserClaims): string[] {
  return [
    ...complaint('session.identityPath: needs at least one name', identityPath?.length === 0),
    ...complaint('session.scope: must be one scope', scope !== undefined && !/^\S+$/.test(scope)),
  ];
}

function aboutTolerance(place: string, { clockToleranceSeconds = 0 }: { clockToleranceSeconds?: number }): string[] {
  return notWhole(place, 0, { clockToleranceSeconds });
}

function aboutJwt(place: string, options: JwtOptions): string[] {
  const {
    jwksUrl,
    issuer,
    audience,
    audienceClaim = 'aud',
    algorithms,
    types = ['at+jwt'],
    deadlineMs = 2000,
  } = options;
  const audiences = [audience].flat();
  return [
    ...complaint(`${place}.jwksUrl: must be an http or https URL`, !isHttpUrl(jwksUrl)),
    ...empty(place, { issuer }),
    ...complaint(`${place}.audience: is required`, audiences.length === 0 || !audiences.every(isText)),
    ...notOneOf(`${place}.audienceClaim`, audienceClaim, AUDIENCE_CLAIMS),
    ...complaint(`${place}.types: needs at least one, and no empty one`, types.length === 0 || !types.every(isText)),
    ...aboutTolerance(place, options),
    ...notWhole(place, 1, { deadlineMs }),
    ...complaint(
      `${place}.algorithms: needs at least one of ${ASYMMETRIC_ALGORITHMS.join(', ')}, and no other`,
      algorithms.length === 0 || !algorithms.every((one) => ASYMMETRIC_ALGORITHMS.includes(one)),
    ),
  ];
}

function aboutWebhook({ authToken, sharedKeys = [], url }: WebhookOptions): string[] {
  const keys = [sharedKeys].flat();
  return [
    ...complaint(
      'webhook.authToken: is required without sharedKeys, and must not be empty',
      [authToken ?? [], keys].flat().length === 0 || ![authToken ?? []].flat().every(isSecret),
    ),
    ...complaint('webhook.sharedKeys: none may be empty', !keys.every(isSecret)),
    ...complaint(
      'webhook.url: must be the whole http or https URL that Twilio calls, without a query',
      !isHttpUrl(url) || /[?#]/.test(url),
    ),
  ];
}

function aboutProxies({ proxies: { httpsProxy, httpProxy } = {} }: CompletedOptions): string[] {
  return Object.entries({ httpsProxy, httpProxy }).flatMap(([name, url]) =>
    complaint(`proxies.${name}: must be an http or https URL`, url !== undefined && !isHttpUrl(url)),
  );
}

/** One message for each value that is not a non-empty string. */
function empty(place: string, texts: object): string[] {
  return missing(place, texts, isText);
}

/** The same for secrets, each of which may also be a function. */
function withoutSecret(place: string, secrets: object): string[] {
  return missing(place, secrets, isSecret);
}

function missing(place: string, values: object, isGiven: (value: unknown) => boolean): string[] {
  return Object.entries(values)
    .filter(([, value]) => !isGiven(value))
    .map(([name]) => `${place}.${name}: is required`);
}

/** A function is asked when the secret is needed. */
function isSecret(value: unknown): boolean {
  return typeof value === 'function' || isText(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function complaint(words: string, isTrue: boolean): string[] {
  return isTrue ? [words] : [];
}

function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}
