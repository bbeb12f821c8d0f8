import { IsIn, IsInt, IsUrl, Matches, Max, Min, MinLength, ValidateIf } from 'class-validator';

const isGiven = (_: object, value: unknown) => value !== '';
/** `host:port`, an IPv6 address in brackets. */
const ADDRESSES = /^([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}(,([A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):\d{1,5})*$/;
const inProduction = ({ nodeEnv }: Settings) => nodeEnv === 'production';

const usesSessions = (strategy: string) => (settings: Settings) => settings.sessionStrategy === strategy;
const usesInternalJwt = ({ internalJwtJwksUrl }: Settings) => internalJwtJwksUrl !== '';
const URL_OF_PROVIDER = {
  protocols: ['http', 'https'],
  require_protocol: true,
  require_tld: false,
  disallow_auth: true,
};

const hasRedis = ({ redisUrl, redisSentinels, redisClusterNodes }: Settings) =>
  redisUrl !== '' || redisSentinels !== '' || redisClusterNodes !== '';

/**
 * Every variable: `privatePort` is PRIVATE_PORT. The initialiser is the default, the decorators are the bounds, the
 * comment is the meaning: the README's table is made of them. Bounds that involve several variables stand in
 * `contradictions`.
 */
export class Settings {
  /** `production` refuses to start without Redis, a Twilio account and an IDENTITY_HASH_SECRET. */
  @IsIn(['development', 'test', 'production'])
  nodeEnv: string = 'development';

  /** Address that both ports listen on. */
  @MinLength(1)
  host: string = '0.0.0.0';

  /** Port of the public API, for login screens. 0: any free one. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  port: number = 8080;

  /** Port of the internal API, health and metrics. Keep it off the internet. 0: any free one. */
  @IsInt()
  @Min(0)
  @Max(65_535)
  privatePort: number = 9090;

  /** Proxies whose `X-Forwarded-For` is believed: addresses or CIDR ranges, comma-separated. */
  @ValidateIf(isGiven)
  @Matches(/^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$/)
  trustedProxies: string = '';

  /** Twilio account, `AC…`. */
  @Matches(/^AC[0-9a-fA-F]{32}$/)
  twilioAccountSid: string = '';

  /** Twilio API key, `SK…`. */
  @Matches(/^SK[0-9a-fA-F]{32}$/)
  twilioApiKeySid: string = '';

  /** Secret of the API key. */
  @MinLength(1)
  twilioApiKeySecret: string = '';

  /** Verify service, `VA…`. */
  @Matches(/^VA[0-9a-fA-F]{32}$/)
  twilioVerifyServiceSid: string = '';

  /** Auth token of the account, only to check the signatures of webhooks: with it, they are answered. */
  @Matches(/^\S*$/, { message: 'must be without blanks' })
  twilioAuthToken: string = '';

  /** Where the world reaches the public port, without a slash at the end: `https://login.example.com`. Twilio's signatures are over it, and requests with a session cookie may come from there. */
  @ValidateIf(isGiven)
  @Matches(/^https?:\/\/[^\s/?#@]+(\/[^\s/?#]+)*$/)
  publicUrl: string = '';

  /** Where Twilio Verify is: empty is the real one, anything else a simulator. */
  @ValidateIf(isGiven)
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false, allow_query_components: false })
  twilioBaseUrl: string = '';

  /** A fetch of a Challenge is given up after this. */
  @IsInt()
  @Min(100)
  @Max(10_000)
  twilioFetchDeadlineMs: number = 2000;

  /** A create of a Notification is given up after this; it may then have gone out. */
  @IsInt()
  @Min(100)
  @Max(10_000)
  twilioCreateDeadlineMs: number = 3000;

  /** Resends and fetches towards Twilio at once; one more waits in the queue. */
  @IsInt()
  @Min(1)
  @Max(10_000)
  twilioMaxConcurrent: number = 128;

  /** Length of that queue; one more is told `overloaded`. */
  @IsInt()
  @Min(0)
  @Max(10_000)
  twilioQueueLimit: number = 128;

  /** Whoever waits longer than this in the queue is told `overloaded`. Nothing is reserved meanwhile. */
  @IsInt()
  @Min(1)
  @Max(5000)
  twilioQueueWaitMs: number = 250;

  /** Calls in a row that fail as if Twilio were down before it is left alone: no connection, timeout, 5xx, unreadable. */
  @IsInt()
  @Min(1)
  @Max(1000)
  twilioBreakerFailures: number = 5;

  /** It is left alone this long, and `provider-unavailable` is told at once; then one fetch tries. */
  @IsInt()
  @Min(100)
  @Max(60_000)
  twilioBreakerOpenMs: number = 5000;

  /** Wait before the 1st, 2nd, … resend of a Challenge, comma-separated; the last one repeats. */
  @Matches(/^[1-9]\d{0,3}(,[1-9]\d{0,3}){0,9}$/)
  resendCooldownSeconds: string = '30,60';

  /** Resends a Challenge may have. Twilio allows 3 pushes; 3 only if your account has shown that the automatic one is not among them. */
  @IsInt()
  @Min(1)
  @Max(3)
  resendMaxPerChallenge: number = 2;

  /** Resends a user may have in sliding windows (s, m, h; at most 24h), since the last approval. */
  @Matches(/^[1-9]\d{0,2}\/[1-9]\d{0,4}[smh](,[1-9]\d{0,2}\/[1-9]\d{0,4}[smh]){0,4}$/)
  resendUserLimits: string = '10/24h,5/15m';

  /** No resend for a user this long after a denial. */
  @IsInt()
  @Min(0)
  @Max(3600)
  resendDenyHoldSeconds: number = 600;

  /** A second tap this soon after a resend is the same tap, and gets the same answer. */
  @IsInt()
  @Min(0)
  @Max(10)
  resendCoalesceSeconds: number = 2;

  /** No resend for a Challenge older than this. */
  @IsInt()
  @Min(60)
  @Max(3600)
  resendMaxChallengeAgeSeconds: number = 600;

  /** A reservation heals itself after this: longer than all Twilio deadlines together. */
  @IsInt()
  @Min(1)
  @Max(60)
  resendLeaseSeconds: number = 10;

  /** A push leaves within this of asking the ledger for the last time, or not at all. */
  @IsInt()
  @Min(50)
  @Max(5000)
  resendDispatchToSendMs: number = 500;

  /** Twilio is asked for a Challenge's status at most this often, over all instances. */
  @IsInt()
  @Min(1)
  @Max(60)
  challengeCacheSeconds: number = 2;

  /** One Redis: `redis://` or `rediss://` (TLS), with user, password and database number if any. Without any Redis: memory of this process, for one instance only. */
  @ValidateIf(
    (settings: Settings) =>
      settings.redisUrl !== '' ||
      (!hasRedis(settings) && (inProduction(settings) || usesSessions('express-session')(settings))),
  )
  @Matches(/^rediss?:\/\/[^\s?#]+$/)
  redisUrl: string = '';

  /** Instead of REDIS_URL: the sentinels that know the primary, `host:port`, comma-separated. */
  @ValidateIf(isGiven)
  @Matches(ADDRESSES)
  redisSentinels: string = '';

  /** What the sentinels call the primary. */
  @Matches(/^[A-Za-z0-9._-]{1,64}$/)
  redisSentinelName: string = 'mymaster';

  /** User of the sentinels, if any. */
  @Matches(/^\S*$/)
  redisSentinelUsername: string = '';

  /** Password of the sentinels, if any. */
  redisSentinelPassword: string = '';

  /** Instead of REDIS_URL: some nodes of a Redis Cluster, `host:port`, comma-separated; the others are learnt from them. */
  @ValidateIf(isGiven)
  @Matches(ADDRESSES)
  redisClusterNodes: string = '';

  /** Redis user; instead of the one in REDIS_URL. */
  @Matches(/^\S*$/)
  redisUsername: string = '';

  /** Redis password; instead of the one in REDIS_URL. */
  redisPassword: string = '';

  /** Another Redis user for sessions, if any. */
  @Matches(/^\S*$/)
  redisSessionUsername: string = '';

  /** The password of the Redis user for sessions. */
  redisSessionPassword: string = '';

  /** `true`: TLS to all nodes and all sentinels. A REDIS_URL says it by `rediss://`. */
  @IsIn(['false', 'true'])
  redisTls: string = 'false';

  /** PEM file of the authorities that sign the certificates of Redis and the sentinels. Empty: the public ones. */
  redisCaFile: string = '';

  /** Replicas that must have a dispatch before a push leaves: a number, or `all` that Sentinel or the Cluster know of. Missed: 503, nothing is sent. */
  @Matches(/^(all|[0-9])$/)
  redisWaitReplicas: string = '0';

  /** The replicas have this long. */
  @IsInt()
  @Min(10)
  @Max(1000)
  redisWaitMs: number = 200;

  /** `true`: production starts and is ready with a Redis that evicts keys, has no persistence or is a replica. */
  @IsIn(['false', 'true'])
  redisAllowUnsafe: string = 'false';

  /** In front of every key. */
  @Matches(/^[A-Za-z0-9:_-]{0,64}$/)
  redisKeyPrefix: string = 'push-resend:';

  /** A Redis command is given up after this. */
  @IsInt()
  @Min(10)
  @Max(5000)
  redisCommandTimeoutMs: number = 250;

  /** Makes the keyed hash that names a user in Redis; the same for all instances, 32 characters or more. */
  @ValidateIf(
    (settings: Settings) => settings.identityHashSecret !== '' || hasRedis(settings) || inProduction(settings),
  )
  @MinLength(32)
  identityHashSecret: string = '';

  /** Taps of one session, per minute; looks may be ten times as many. */
  @IsInt()
  @Min(1)
  @Max(100_000)
  throttleSessionPerMinute: number = 60;

  /** Taps of one client address (IPv6: of one /64), per minute; looks may be ten times as many. */
  @IsInt()
  @Min(1)
  @Max(100_000)
  throttleAddressPerMinute: number = 600;

  /** Whose sessions open the public API, and where they are: docs/sessions.md. With `express-session` a Redis is needed. */
  @IsIn(['token', 'express-session', 'jwt', 'introspection'])
  sessionStrategy: string = 'token';

  /** `express-session`: the name of its cookie. */
  @Matches(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/)
  sessionCookieName: string = 'connect.sid';

  /** `express-session`: the secrets of its cookie, newest first, comma-separated, each of 16 characters or more. */
  @ValidateIf(usesSessions('express-session'))
  @Matches(/^[^,\s][^,]{14,}[^,\s](,[^,\s][^,]{14,}[^,\s])*$/)
  sessionCookieSecrets: string = '';

  /** `express-session`: the Redis of its connect-redis store. Empty: the Redis of this service. */
  @ValidateIf(isGiven)
  @Matches(/^rediss?:\/\/[^\s?#]+$/)
  sessionStoreRedisUrl: string = '';

  /** `express-session`: in front of a session's id in that store. */
  @Matches(/^\S{0,64}$/)
  sessionStorePrefix: string = 'sess:';

  /** `express-session`: where a record has the identity, as in `user.identity`. */
  @Matches(/^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+){0,9}$/)
  sessionStoreIdentityPath: string = 'identity';

  /** `express-session`: where a record has the one Challenge that the session may reach. Empty: it may reach any of its user. */
  @ValidateIf(isGiven)
  @Matches(/^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+){0,9}$/)
  sessionStoreChallengePath: string = '';

  /** `jwt`: where the issuer publishes its keys. */
  @ValidateIf(usesSessions('jwt'))
  @IsUrl(URL_OF_PROVIDER)
  sessionJwtJwksUrl: string = '';

  /** `jwt`: whose tokens are believed, exactly as in `iss`. */
  @ValidateIf(usesSessions('jwt'))
  @Matches(/^\S+$/)
  sessionJwtIssuer: string = '';

  /** `jwt`: what this service is called in `aud`. */
  @ValidateIf(usesSessions('jwt'))
  @Matches(/^\S+$/)
  sessionJwtAudience: string = '';

  /** `jwt`: the signatures that are accepted, comma-separated: RS, PS, ES with 256, 384 or 512, EdDSA. */
  @Matches(/^([RPE]S(256|384|512)|EdDSA|Ed25519)(,([RPE]S(256|384|512)|EdDSA|Ed25519))*$/)
  sessionJwtAlgorithms: string = 'RS256,ES256';

  /** `introspection`: the endpoint of RFC 7662. */
  @ValidateIf(usesSessions('introspection'))
  @IsUrl(URL_OF_PROVIDER)
  sessionIntrospectionUrl: string = '';

  /** `introspection`: as which client the endpoint is asked (`client_secret_basic`). */
  @ValidateIf(usesSessions('introspection'))
  @MinLength(1)
  sessionIntrospectionClientId: string = '';

  /** `introspection`: the secret of that client. */
  @ValidateIf(usesSessions('introspection'))
  @MinLength(1)
  sessionIntrospectionClientSecret: string = '';

  /** `introspection`: what a token must have in `aud`. Empty: not looked at. */
  @Matches(/^\S*$/)
  sessionIntrospectionAudience: string = '';

  /** `introspection`: what a token must have in `iss`. Empty: not looked at. */
  @Matches(/^\S*$/)
  sessionIntrospectionIssuer: string = '';

  /** `introspection`: a token that was active is not asked about again for so long, and so long outlives its revocation. */
  @IsInt()
  @Min(0)
  @Max(60)
  sessionIntrospectionCacheSeconds: number = 5;

  /** `jwt`, `introspection`: the identity provider is given up after this. */
  @IsInt()
  @Min(100)
  @Max(10_000)
  sessionProviderDeadlineMs: number = 2000;

  /** Origins of other sites whose login screens may call the public API (CORS), exactly as browsers write them, comma-separated. Empty: none. */
  @ValidateIf(isGiven)
  @Matches(/^https?:\/\/[^\s,*/?#@]+(,https?:\/\/[^\s,*/?#@]+)*$/)
  corsOrigins: string = '';

  /** JSON file of internal API keys, read again when it changes. Empty: the internal API lets nobody in. */
  @Matches(/^\S*$/)
  internalApiKeysFile: string = '';

  /** Where the issuer of internal JWTs publishes its keys. Empty: no JWT opens the internal API. */
  @ValidateIf(isGiven)
  @IsUrl(URL_OF_PROVIDER)
  internalJwtJwksUrl: string = '';

  /** Whose JWTs open the internal API, exactly as in `iss`. */
  @ValidateIf(usesInternalJwt)
  @Matches(/^\S+$/)
  internalJwtIssuer: string = '';

  /** What the internal API is called in `aud`: another word than users' tokens have. */
  @ValidateIf(usesInternalJwt)
  @Matches(/^\S+$/)
  internalJwtAudience: string = '';

  /** The signatures of internal JWTs that are accepted, as in SESSION_JWT_ALGORITHMS. */
  @Matches(/^([RPE]S(256|384|512)|EdDSA|Ed25519)(,([RPE]S(256|384|512)|EdDSA|Ed25519))*$/)
  internalJwtAlgorithms: string = 'RS256,ES256';

  /** Audit events that are kept, of everybody together: the oldest goes first. */
  @IsInt()
  @Min(1000)
  @Max(10_000_000)
  auditMaxEvents: number = 100_000;

  /** Audit events that are kept of one user, 0.4 KB of Redis each: the oldest goes first. */
  @IsInt()
  @Min(10)
  @Max(10_000)
  auditMaxEventsPerUser: number = 200;

  /** An audit event is forgotten after this. */
  @IsInt()
  @Min(1)
  @Max(400)
  auditRetentionDays: number = 30;

  /** In front of every problem's code, in its `type`. */
  @Matches(/^(https?:\/\/|urn:)\S+$/)
  problemBaseUri: string = 'urn:push-resend:problem:';

  /** After SIGTERM, running resends may take this long. */
  @IsInt()
  @Min(1)
  @Max(300)
  shutdownGraceSeconds: number = 15;

  /** Least severe log line that is written. */
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
  logLevel: string = 'info';
}

/** Variables that may be given as a file instead, by `<NAME>_FILE`: its trimmed content is the value. */
export const SECRETS = [
  'twilioApiKeySecret',
  'twilioAuthToken',
  'redisUrl',
  'redisPassword',
  'redisSessionPassword',
  'redisSentinelPassword',
  'identityHashSecret',
  'sessionCookieSecrets',
  'sessionStoreRedisUrl',
  'sessionIntrospectionClientSecret',
] as const satisfies readonly (keyof Settings)[];
