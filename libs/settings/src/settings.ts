import { IsBoolean, IsDefined, IsOptional, Matches, MinLength, ValidateIf } from 'class-validator';
import { type Address, areAddresses, isAddressRange, parseAddresses, withoutBrackets } from './addresses.js';
import { Must, MustPass, OneOf, SomeOf, WholeNumber } from './bounds.js';
import { certificatesComplaint } from './certificates.js';
import { list, ParsedBy, wholeNumber } from './parsed-by.js';
import { privateKeyComplaint } from './pem.js';
import { isHttpUrl, isHttpUrlWithoutQuery, isOrigin, isProxyUrl, isPublicUrl, isRedisUrl, proxyUrl } from './urls.js';
import { areUserLimits, parseUserLimits, type UserLimit } from './user-limits.js';

const NODE_ENVS = ['development', 'test', 'production'] as const;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'silent'] as const;
const TRUE_OR_FALSE = ['true', 'false'] as const;
const PERSISTENCE = ['checked', 'trusted'] as const;
const SESSION_STRATEGIES = ['token', 'express-session', 'jwt', 'introspection'] as const;
const AUDIENCE_CLAIMS = ['aud', 'client_id'] as const;
const CLIENT_AUTHENTICATIONS = ['client_secret_basic', 'client_secret_post', 'client_secret_basic_unencoded'] as const;
/** Asymmetric ones only: those that the verifier of tokens accepts. */
export const JWT_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

const inProduction = ({ nodeEnv }: Settings) => nodeEnv === 'production';
const hasRedis = ({ redisUrl, redisSentinels, redisClusterNodes }: Settings) =>
  redisUrl !== undefined || redisSentinels.length > 0 || redisClusterNodes.length > 0;
const needsRedis = (settings: Settings) => inProduction(settings) || settings.sessionStrategy === 'express-session';

/** Validates only with this SESSION_STRATEGY; a variable without a default is then required. */
const ForSessions = (strategy: Settings['sessionStrategy']) =>
  ValidateIf(({ sessionStrategy }: Settings) => sessionStrategy === strategy);
/** Validates only where internal JWTs are accepted; a variable without a default is then required. */
const ForInternalJwts = () => ValidateIf(({ internalJwtJwksUrl }: Settings) => internalJwtJwksUrl !== undefined);

/** Validates only without an OAuth app; a variable without a default is then required. */
const ForApiKeys = () => ValidateIf(({ twilioOauthClientId }: Settings) => twilioOauthClientId === undefined);
/** Validates only with an OAuth app; a variable without a default is then required. */
const ForOauth = () => ValidateIf(({ twilioOauthClientId }: Settings) => twilioOauthClientId !== undefined);
const AreSecrets = () =>
  Must(
    'must be a comma-separated list of 1 to 5 secrets without whitespace',
    (secrets: readonly string[]) => secrets.length <= 5 && secrets.every((secret) => /^\S+$/.test(secret)),
  );

const IsSid = (prefix: string) =>
  // backtracks: never, since a prefix is two letters
  Matches(new RegExp(`^${prefix}[0-9a-fA-F]{32}$`), {
    message: `must be ${prefix} and 32 hexadecimal digits, such as ${prefix}${'0123456789abcdef'.repeat(2)}`,
  });
const IsWithoutBlanks = () => Matches(/^\S+$/, { message: 'must not contain whitespace' });
const IsHttpUrl = () =>
  Must('must be an http or https URL without credentials, such as https://login.example.com/path', isHttpUrl);
const IsPropertyPath = () =>
  Must(
    'must be 1 to 10 property names joined by dots, such as user.identity',
    (names: readonly string[]) => names.length <= 10 && names.every((name) => /^[A-Za-z0-9_$-]+$/.test(name)),
  );
/** A name with a colon, such as a URL or `custom:identity`, is one name. */
const claimPath = (text: string) => (text.includes(':') ? [text] : text.split('.'));
const IsClaimPath = () =>
  Must(
    'must be 1 to 10 names of claims joined by dots, such as user.identity, or one name with a colon, such as https://login.example.com/identity',
    (names: readonly string[]) =>
      names.length <= 10 && names.every((name) => /^[A-Za-z0-9_$-]+$/.test(name) || /^[^\s:]+:\S+$/.test(name)),
  );
const AreTokenTypes = () =>
  Must('must be a comma-separated list of typ headers, such as at+jwt,JWT, or none', (types: readonly string[]) =>
    types.every((type) => /^[A-Za-z0-9.+/-]{1,100}$/.test(type)),
  );
const AreAddresses = () =>
  Must('must be a comma-separated list of host:port, such as one.example.com:7000,[::1]:7001', areAddresses);
const IsRedisUrl = () =>
  Must(
    'must be a URL such as rediss://user:password@redis.example.com:6379/0, with nothing after the host but a database number, and special characters in the password percent-encoded, such as %2F for a slash',
    isRedisUrl,
  );

const IsProxyUrl = () =>
  Must(
    'must be the URL of an http or https proxy, such as http://proxy.example.com:3128, with special characters in the password percent-encoded',
    isProxyUrl,
  );

/**
 * Every environment variable, parsed: `privatePort` is PRIVATE_PORT. The initialiser is the default (undefined:
 * absent), the decorators are format and bounds, the comment is the meaning. docs/settings.md is generated from them; a
 * comment `## …` starts a section. A setting whose default is a list accepts one item per line. Bounds that involve
 * several variables are in `contradictions`.
 */
export class Settings {
  // ## Ports

  /** IP address or host name that the public port listens on, and the private port without PRIVATE_HOST. `::` is every address of the machine, IPv6 and IPv4; without IPv6 it means `0.0.0.0`, every IPv4 address. */
  @ParsedBy(withoutBrackets)
  host: string = '::';

  /** Port of the public API, which login screens call. 0 picks a free port. */
  @WholeNumber(0, 65_535)
  port: number = 8080;

  /** IP address or host name that the private port listens on, such as `10.0.0.5`, to keep it off the public network. If unset, the same as HOST. */
  @ParsedBy(withoutBrackets)
  privateHost: string | undefined = undefined;

  /** Port of the internal API, health checks and metrics. Keep it off the internet. 0 picks a free port. */
  @WholeNumber(0, 65_535)
  privatePort: number = 9090;

  /** How long a connection stays open between two requests. Make it longer than the idle timeout of the load balancer in front: Google's is fixed at 600 s, so use `620` there. */
  @WholeNumber(5, 7200)
  keepAliveSeconds: number = 65;

  /** Maximum number of open connections per port. Beyond it, the oldest connections without a request are closed for new ones; if there are none, new ones get 503 or are closed. It must be higher than EVENTS_MAX_STREAMS: every open stream is a connection. */
  @WholeNumber(10, 1_000_000)
  maxConnections: number = 5000;

  /** Maximum number of connections per port from one address (IPv6: one /64 network). It does not apply to TRUSTED_PROXIES, which connect for many clients. */
  @WholeNumber(1, 1_000_000)
  maxConnectionsPerAddress: number = 1000;

  /** Maximum number of concurrent requests of an instance, on both ports together. A request with a body counts once its body is complete. Further ones get 503 `overloaded` before any work. It must be higher than TWILIO_MAX_CONCURRENT and TWILIO_QUEUE_LIMIT together. */
  @WholeNumber(2, 100_000)
  maxRequestsInFlight: number = 1000;

  /** While the event loop lags by more than this and many requests wait, they get 503 `overloaded` before any work. A tap passes through the event loop about eight times, so this limits the latency that overload adds. */
  @WholeNumber(10, 60_000)
  maxEventLoopDelayMs: number = 50;

  // ## Public API

  /** URL of the public port as clients see it, without a trailing slash: `https://login.example.com`. Twilio's webhook signatures cover it, and pages of this origin may use session cookies. */
  @IsOptional()
  @Must('must be a URL without a trailing slash, such as https://login.example.com', isPublicUrl)
  publicUrl: string | undefined = undefined;

  /** Proxies whose `X-Forwarded-For` is trusted: IP addresses or CIDR ranges, comma-separated, such as `10.0.0.0/8,192.168.1.5`. If unset, the header is ignored, and behind a load balancer all users count as one address. */
  @ParsedBy(list)
  @Must('must be IP addresses or CIDR ranges, such as 10.0.0.0/8,192.168.1.5', (proxies: readonly string[]) =>
    proxies.every(isAddressRange),
  )
  trustedProxies: readonly string[] = [];

  /** Origins of other sites whose pages may call the public API (CORS), comma-separated, exactly as browsers send them: `https://app.example.com,http://localhost:5173`, and those of hybrid applications: `capacitor://localhost,ionic://localhost`. */
  @ParsedBy(list)
  @Must(
    'must be origins as browsers send them, in lower case, without default port or path, such as https://app.example.com or capacitor://localhost',
    (origins: readonly string[]) => origins.every(isOrigin),
  )
  corsOrigins: readonly string[] = [];

  /** Names of additional request headers that these pages may send, comma-separated: `X-App-Version`. Those of the API, `traceparent`, `tracestate`, `baggage` and `sentry-trace` are always allowed. */
  @ParsedBy(list)
  @Must('must be names of headers, such as X-App-Version,X-Platform', (names: readonly string[]) =>
    names.every((name) => /^[\w-]+$/.test(name)),
  )
  corsHeaders: readonly string[] = [];

  /** Prefix of the `type` of every error response (RFC 9457); the error's `code` follows it. */
  @Matches(/^(https?:\/\/|urn:)\S+$/, {
    message:
      'must start with https://, http:// or urn: and contain no whitespace, such as https://login.example.com/problems/',
  })
  problemBaseUri: string = 'urn:push-resend:problem:';

  // ## Twilio

  /** Account SID: `AC` and 32 hexadecimal digits. Required. */
  @IsSid('AC')
  twilioAccountSid!: string;

  /** SID of the API key: `SK` and 32 hexadecimal digits. Required without an OAuth app. */
  @ForApiKeys()
  @IsSid('SK')
  twilioApiKeySid: string | undefined = undefined;

  /** Secret of the API key. Required without an OAuth app. */
  @ForApiKeys()
  @IsDefined()
  twilioApiKeySecret: string | undefined = undefined;

  /** Client ID of an OAuth app of the account, to use instead of an API key. */
  @ForOauth()
  @IsWithoutBlanks()
  twilioOauthClientId: string | undefined = undefined;

  /** Client secret of the OAuth app. Required with TWILIO_OAUTH_CLIENT_ID. */
  @ForOauth()
  @IsDefined()
  twilioOauthClientSecret: string | undefined = undefined;

  /** SID of the Verify Service: `VA` and 32 hexadecimal digits. Required. */
  @IsSid('VA')
  twilioVerifyServiceSid!: string;

  /** Auth tokens of the account, comma-separated: the primary, and during rotation also the secondary. They are only used to verify webhook signatures, and require PUBLIC_URL. If neither they nor TWILIO_WEBHOOK_KEYS are set, the service accepts no webhooks. */
  @ParsedBy(list)
  @AreSecrets()
  twilioAuthToken: readonly string[] = [];

  /** Secrets of the shared keys that sign webhooks instead of the auth token, comma-separated: during rotation, the old and the new one. They require PUBLIC_URL. */
  @ParsedBy(list)
  @AreSecrets()
  twilioWebhookKeys: readonly string[] = [];

  /** `false` skips the check at startup, a fetch of the Verify Service that shows whether Twilio accepts the credentials. The service starts regardless of the result. */
  @IsBoolean({ message: 'must be true or false' })
  twilioStartCheck: boolean = true;

  /** Not used: Twilio offers Verify Push only in the region `us1`, which the service always uses. Any other value causes a warning at startup. */
  twilioRegion: string | undefined = undefined;

  /** Not used: Twilio selects the nearest edge. If set, the service logs a warning at startup. */
  twilioEdge: string | undefined = undefined;

  /** Base URL of a simulator to use instead of Twilio; in production it must be https or on this machine. If unset, the real Twilio. */
  @IsOptional()
  @Must('must be an http or https URL without a query, such as http://127.0.0.1:4010', isHttpUrlWithoutQuery)
  twilioBaseUrl: string | undefined = undefined;

  /** Time limit for fetching a Challenge. */
  @WholeNumber(100, 10_000)
  twilioFetchDeadlineMs: number = 2000;

  /** Time limit for creating a Notification. After a timeout, the push may still have been sent. */
  @WholeNumber(100, 10_000)
  twilioCreateDeadlineMs: number = 3000;

  /** Maximum number of concurrent resends and Challenge fetches at Twilio; more wait in a queue. */
  @WholeNumber(1, 10_000)
  twilioMaxConcurrent: number = 128;

  /** Maximum length of that queue; when it is full, requests fail with `overloaded`. */
  @WholeNumber(0, 10_000)
  twilioQueueLimit: number = 128;

  /** Maximum wait in that queue; then the request fails with `overloaded`. A waiting request reserves nothing. */
  @WholeNumber(1, 5000)
  twilioQueueWaitMs: number = 250;

  /** Consecutive failed calls (no connection, timeout, 5xx, unreadable response) that open the circuit breaker. */
  @WholeNumber(1, 1000)
  twilioBreakerFailures: number = 5;

  /** How long the breaker stays open. Meanwhile requests fail at once with `provider-unavailable`; then one fetch tests whether Twilio is back. */
  @WholeNumber(100, 60_000)
  twilioBreakerOpenMs: number = 5000;

  // ## Outgoing proxies

  /** Proxy for requests to Twilio and to identity providers: `http://user:password@proxy.example.com:3128`. If unset, HTTP_PROXY. As usual, `https_proxy` means the same and takes precedence. */
  @IsOptional()
  @ParsedBy(proxyUrl)
  @IsProxyUrl()
  httpsProxy: string | undefined = undefined;

  /** Proxy for such requests with an http URL; also `http_proxy`. */
  @IsOptional()
  @ParsedBy(proxyUrl)
  @IsProxyUrl()
  httpProxy: string | undefined = undefined;

  /** Hosts that are reached without a proxy, comma-separated; also `no_proxy`: `keycloak,.example.com,10.0.0.5:8443`, or `*` for all. A name includes its subdomains; ranges such as `10.0.0.0/8` have no effect. `localhost`, `127.0.0.1` and `::1` are never proxied. */
  noProxy: string | undefined = undefined;

  // ## Limits

  /** Wait before the 1st, 2nd, … resend of a Challenge, comma-separated; the last one repeats. `30,60` is 30 s before the first resend and 60 s before each further one. */
  @ParsedBy((text) => list(text).map(wholeNumber))
  @Must(
    'must be 1 to 10 whole numbers from 1 to 9999, such as 30,60',
    (waits: readonly number[]) => waits.length <= 10 && waits.every((seconds) => seconds >= 1 && seconds <= 9999),
  )
  resendCooldownSeconds: readonly number[] = [30, 60];

  /** Maximum number of resends of a Challenge. Twilio allows 3 pushes per Challenge, usually including the automatic first one: use 3 only if you have verified that your account does not count it. */
  @WholeNumber(1, 3)
  resendMaxPerChallenge: number = 2;

  /** Maximum numbers of resends per user in sliding windows, counted since the last approval. `10/24h,5/15m` is 10 in 24 hours and 5 in 15 minutes. Units are s, m and h, and a window is at most 24h. */
  @ParsedBy(parseUserLimits)
  @Must('must be 1 to 5 limits, each with a different window of at most 24h, such as 10/24h,5/15m', areUserLimits)
  resendUserLimits: readonly UserLimit[] = parseUserLimits('10/24h,5/15m');

  /** How long a user gets no resend after denying a push. */
  @WholeNumber(0, 3600)
  resendDenyHoldSeconds: number = 600;

  /** A tap this soon after a resend counts as a double tap, and gets the same response. */
  @WholeNumber(0, 10)
  resendCoalesceSeconds: number = 2;

  /** Maximum age of a Challenge; an older one gets no resend. */
  @WholeNumber(60, 3600)
  resendMaxChallengeAgeSeconds: number = 600;

  /** Lease of a reservation. If an instance crashes, its reservation ends after this time. It must be longer than two fetches, the create (TWILIO_…_DEADLINE_MS) and RESEND_DISPATCH_TO_SEND_MS together. */
  @WholeNumber(1, 60)
  resendLeaseSeconds: number = 10;

  /** Maximum time from requesting the dispatch from the ledger to sending the push to Twilio; after that, nothing is sent. */
  @WholeNumber(50, 5000)
  resendDispatchToSendMs: number = 500;

  /** Minimum time between two requests to Twilio for the status of the same Challenge, across all instances. */
  @WholeNumber(1, 60)
  challengeCacheSeconds: number = 2;

  /** Maximum number of taps per session and minute. Looks are limited to ten times as many. */
  @WholeNumber(1, 100_000)
  throttleSessionPerMinute: number = 60;

  /** Maximum number of taps per client address (IPv6: one /64 network) and minute. Looks are limited to ten times as many. */
  @WholeNumber(1, 100_000)
  throttleAddressPerMinute: number = 600;

  // ## Event streams

  /** `false` switches off `GET /v1/challenges/{challengeSid}/events`, which then answers 404. Screens poll instead. */
  @IsBoolean({ message: 'must be true or false' })
  events: boolean = true;

  /** Maximum number of open event streams per instance. Further ones are refused with `overloaded`. */
  @WholeNumber(1, 100_000)
  eventsMaxStreams: number = 1000;

  /** Maximum number of event streams per session and instance; a user may have four times as many in all sessions together. A further one ends the oldest. */
  @WholeNumber(1, 100)
  eventsMaxStreamsPerSession: number = 3;

  /** Interval between heartbeats of an event stream; each one checks the session again. Keep it below the read timeouts of proxies. */
  @WholeNumber(1, 60)
  eventsHeartbeatSeconds: number = 15;

  // ## Redis

  /** A single Redis server: `redis://user:password@host:6379/0`, or `rediss://…` with TLS; `valkey://` and `valkeys://` work as well. Without any Redis the state is kept in memory, which works for one instance only. Production requires REDIS_URL, REDIS_SENTINELS or REDIS_CLUSTER_NODES. */
  @ValidateIf((settings: Settings) => settings.redisUrl !== undefined || (!hasRedis(settings) && needsRedis(settings)))
  @IsRedisUrl()
  redisUrl: string | undefined = undefined;

  /** Instead of REDIS_URL: sentinels that know the primary, comma-separated: `one.example.com:26379,[::1]:26379`. */
  @ParsedBy(parseAddresses)
  @AreAddresses()
  redisSentinels: readonly Address[] = [];

  /** Name of the primary in the sentinels' configuration. */
  @Matches(/^[A-Za-z0-9._-]{1,64}$/, {
    message: 'must be 1 to 64 letters, digits, dots, underscores or dashes, such as mymaster',
  })
  redisSentinelName: string = 'mymaster';

  /** User name for the sentinels, if required. */
  @IsOptional()
  @IsWithoutBlanks()
  redisSentinelUsername: string | undefined = undefined;

  /** Password for the sentinels, if required. */
  redisSentinelPassword: string | undefined = undefined;

  /** Instead of REDIS_URL: some nodes of a Redis Cluster, comma-separated: `10.0.0.1:7000,10.0.0.2:7000`. The service finds the other nodes through them. */
  @ParsedBy(parseAddresses)
  @AreAddresses()
  redisClusterNodes: readonly Address[] = [];

  /** Redis user name. It replaces the one in REDIS_URL. */
  @IsOptional()
  @IsWithoutBlanks()
  redisUsername: string | undefined = undefined;

  /** Redis password. It replaces the one in REDIS_URL. */
  redisPassword: string | undefined = undefined;

  /** User name of a separate Redis user for sessions, if there is one. */
  @IsOptional()
  @IsWithoutBlanks()
  redisSessionUsername: string | undefined = undefined;

  /** Password of the Redis user for sessions. */
  redisSessionPassword: string | undefined = undefined;

  /** `true` uses TLS to all sentinels and nodes. With REDIS_URL, write `rediss://` instead. */
  @IsBoolean({ message: 'must be true or false' })
  redisTls: boolean = false;

  /** TLS to the sentinels, where it differs from TLS to the data nodes. If unset, the same as REDIS_TLS. */
  @IsOptional()
  @OneOf(TRUE_OR_FALSE)
  redisSentinelTls: (typeof TRUE_OR_FALSE)[number] | undefined = undefined;

  /** PEM file with the certificate authorities of Redis and the sentinels. If unset, the public ones. Requires TLS. */
  @IsOptional()
  @MustPass('certificates', certificatesComplaint)
  redisCaFile: string | undefined = undefined;

  /** PEM file with this service's client certificate for Redis and the sentinels (mutual TLS), including its chain. Requires REDIS_KEY_FILE. Read once, at startup. */
  @IsOptional()
  @MustPass('certificates', certificatesComplaint)
  redisCertFile: string | undefined = undefined;

  /** PEM file with the private key of that certificate, without a passphrase. */
  @IsOptional()
  @MustPass('private key', privateKeyComplaint)
  redisKeyFile: string | undefined = undefined;

  /** Name that the certificates of Redis and the sentinels must have, if it differs from the host in their address, such as an IP address or a tunnel. Not for SESSION_STORE_REDIS_URL. */
  @IsOptional()
  @Matches(/^[A-Za-z0-9.-]{1,253}$/, { message: 'must be a host name, such as redis.example.com' })
  redisTlsServername: string | undefined = undefined;

  /** Number of replicas that must acknowledge a dispatch (Redis WAIT) before the push is sent: 0 to 9, or `all` that Sentinel or the Cluster reports. Without these acknowledgements the request fails with 503 and nothing is sent. */
  @ParsedBy((text) => (text === 'all' ? text : wholeNumber(text)))
  @Must('must be a number from 0 to 9, or all', (count: number | 'all') => count === 'all' || count <= 9)
  redisWaitReplicas: number | 'all' = 0;

  /** Time limit for these acknowledgements. */
  @WholeNumber(10, 1000)
  redisWaitMs: number = 200;

  /** `trusted`: you guarantee that Redis keeps its data across restarts, and production does not check it. For a managed Redis that hides this: [operating.md](operating.md#managed-redis). Eviction and role are still checked. */
  @OneOf(PERSISTENCE)
  redisPersistence: (typeof PERSISTENCE)[number] = 'checked';

  /** `true` lets production run with a Redis that evicts keys, has no persistence or is a replica. */
  @IsBoolean({ message: 'must be true or false' })
  redisAllowUnsafe: boolean = false;

  /** Prefix of every key. */
  @Matches(/^[A-Za-z0-9:_-]{0,64}$/, {
    message: 'must be at most 64 letters, digits, colons, underscores or dashes, such as push-resend:',
  })
  redisKeyPrefix: string = 'push-resend:';

  /** Time limit for a Redis command. */
  @WholeNumber(10, 5000)
  redisCommandTimeoutMs: number = 250;

  /** Secret of the keyed hash that represents a user in Redis and in the logs: at least 32 characters, the same for all instances. Required with Redis and in production. */
  @ValidateIf(
    (settings: Settings) => settings.identityHashSecret !== undefined || hasRedis(settings) || inProduction(settings),
  )
  @MinLength(32, { message: 'must have at least 32 characters, such as the output of openssl rand -hex 32' })
  identityHashSecret: string | undefined = undefined;

  // ## Sessions

  /** Kind of session that the public API accepts; [sessions.md](sessions.md) explains each. `express-session` requires Redis. */
  @OneOf(SESSION_STRATEGIES)
  sessionStrategy: (typeof SESSION_STRATEGIES)[number] = 'token';

  /** `express-session`: name of the cookie. */
  @Matches(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, {
    message: 'must be a cookie name of at most 128 characters, such as connect.sid',
  })
  sessionCookieName: string = 'connect.sid';

  /** `express-session`: secrets of the cookie, newest first, comma-separated, each with at least 16 characters and no comma. Required. */
  @ForSessions('express-session')
  @ParsedBy(list)
  @Must(
    'must be a list of secrets of at least 16 characters, such as the output of openssl rand -hex 16',
    (secrets: readonly string[]) =>
      secrets.length > 0 && secrets.every((secret) => secret.length >= 16 && secret.trim() === secret),
  )
  sessionCookieSecrets: readonly string[] = [];

  /** `express-session`: the Redis of the connect-redis store. If unset, the Redis of this service. */
  @IsOptional()
  @IsRedisUrl()
  sessionStoreRedisUrl: string | undefined = undefined;

  /** `express-session`: prefix of the keys in that store. */
  @Matches(/^\S{0,64}$/, { message: 'must be at most 64 characters without whitespace, such as sess:' })
  sessionStorePrefix: string = 'sess:';

  /** `express-session`: path of the identity in a session record, such as `user.identity`. */
  @ParsedBy((text) => text.split('.'))
  @IsPropertyPath()
  sessionStoreIdentityPath: readonly string[] = ['identity'];

  /** `express-session`: path in a session record of the only Challenge that the session may use, such as `login.challengeSid`. If unset, it may use every Challenge of its user. */
  @IsOptional()
  @ParsedBy((text) => text.split('.'))
  @IsPropertyPath()
  sessionStoreChallengePath: readonly string[] | undefined = undefined;

  /** `jwt`: JWKS URL, where the issuer publishes its keys. Required; https in production. */
  @ForSessions('jwt')
  @IsHttpUrl()
  sessionJwtJwksUrl: string | undefined = undefined;

  /** `jwt`: issuer of the tokens, exactly as in their `iss`. Required. */
  @ForSessions('jwt')
  @IsWithoutBlanks()
  sessionJwtIssuer: string | undefined = undefined;

  /** `jwt`: this service's name in the `aud` of the tokens. Of several comma-separated names, one must match. Required. */
  @ForSessions('jwt')
  @ParsedBy(list)
  @Must(
    'must be a comma-separated list without whitespace',
    (audiences: readonly string[]) => audiences.length > 0 && audiences.every((audience) => /^\S+$/.test(audience)),
  )
  sessionJwtAudience: readonly string[] = [];

  /** `jwt`: the claim that must contain SESSION_JWT_AUDIENCE. `client_id` is for Amazon Cognito, whose access tokens have no `aud`. */
  @OneOf(AUDIENCE_CLAIMS)
  sessionJwtAudienceClaim: (typeof AUDIENCE_CLAIMS)[number] = 'aud';

  /** `jwt`: accepted `typ` headers of the tokens, comma-separated; `none` means a token without one. Anything but `at+jwt` is a risk: an ID token may have the same type, and only its audience and claims then exclude it ([sessions.md](sessions.md#tokens-of-another-type)). */
  @ParsedBy(list)
  @AreTokenTypes()
  sessionJwtTypes: readonly string[] = ['at+jwt'];

  /** `jwt`: accepted signature algorithms, comma-separated. */
  @ParsedBy(list)
  @SomeOf(JWT_ALGORITHMS)
  sessionJwtAlgorithms: readonly string[] = ['RS256', 'ES256'];

  /** `introspection`: token introspection endpoint (RFC 7662). Required; https in production. */
  @ForSessions('introspection')
  @IsHttpUrl()
  sessionIntrospectionUrl: string | undefined = undefined;

  /** `introspection`: client ID for the endpoint. Required. */
  @ForSessions('introspection')
  @IsDefined()
  sessionIntrospectionClientId: string | undefined = undefined;

  /** `introspection`: secret of that client. Required. */
  @ForSessions('introspection')
  @IsDefined()
  sessionIntrospectionClientSecret: string | undefined = undefined;

  /** `introspection`: how the client sends its ID and secret: `client_secret_basic` encodes them first (RFC 6749, 2.3.1), `client_secret_basic_unencoded` does not, `client_secret_post` sends them in the body. */
  @OneOf(CLIENT_AUTHENTICATIONS)
  sessionIntrospectionClientAuthentication: (typeof CLIENT_AUTHENTICATIONS)[number] = 'client_secret_basic';

  /** `introspection`: value that a token's `aud` must contain. If unset, `aud` is not checked. */
  @IsOptional()
  @IsWithoutBlanks()
  sessionIntrospectionAudience: string | undefined = undefined;

  /** `introspection`: value that a token's `iss` must have. If unset, `iss` is not checked. */
  @IsOptional()
  @IsWithoutBlanks()
  sessionIntrospectionIssuer: string | undefined = undefined;

  /** `introspection`: cache time of an active token. A revoked token may work for this much longer. */
  @WholeNumber(0, 60)
  sessionIntrospectionCacheSeconds: number = 5;

  /** `jwt`, `introspection`: the claim with the identity; it may be nested, such as `user.identity`, or have a colon in its name, such as `https://login.example.com/identity`. A number is used as its digits. */
  @ParsedBy(claimPath)
  @IsClaimPath()
  sessionIdentityClaim: readonly string[] = ['sub'];

  /** `jwt`, `introspection`, `express-session`: prefix of every identity in tokens or records that Twilio's identities lack, such as `auth0|`. It is removed; an identity without it is refused. */
  @IsOptional()
  @Matches(/^\S{1,64}$/, { message: 'must be at most 64 characters without whitespace' })
  sessionIdentityPrefix: string | undefined = undefined;

  /** `jwt`, `introspection`: scope that a token must have, such as `push:resend`. If unset, no scope is required. */
  @IsOptional()
  @Matches(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, { message: 'must be one scope of at most 128 characters' })
  sessionScope: string | undefined = undefined;

  /** `jwt`, `introspection` and internal JWTs: tolerated clock difference to the identity provider. An expired token works for this much longer. */
  @WholeNumber(0, 300)
  sessionClockToleranceSeconds: number = 30;

  /** `jwt`, `introspection` and internal JWTs: time limit for a request to the identity provider. */
  @WholeNumber(100, 10_000)
  sessionProviderDeadlineMs: number = 2000;

  // ## Internal API

  /** JSON file with the API keys. It is reloaded when it changes. If unset, no API key works. */
  @IsOptional()
  @IsWithoutBlanks()
  internalApiKeysFile: string | undefined = undefined;

  /** JWKS URL of the issuer of internal JWTs; https in production. If unset, no JWT works. */
  @IsOptional()
  @IsHttpUrl()
  internalJwtJwksUrl: string | undefined = undefined;

  /** Issuer of internal JWTs, exactly as in their `iss`. Required with INTERNAL_JWT_JWKS_URL. */
  @ForInternalJwts()
  @IsWithoutBlanks()
  internalJwtIssuer: string | undefined = undefined;

  /** Name of the internal API in the `aud` of internal JWTs. It must differ from the audience of users' tokens of the same issuer. Required with INTERNAL_JWT_JWKS_URL. */
  @ForInternalJwts()
  @IsWithoutBlanks()
  internalJwtAudience: string | undefined = undefined;

  /** Accepted `typ` headers of internal JWTs, as in SESSION_JWT_TYPES. */
  @ParsedBy(list)
  @AreTokenTypes()
  internalJwtTypes: readonly string[] = ['at+jwt'];

  /** Accepted signature algorithms of internal JWTs, comma-separated. */
  @ParsedBy(list)
  @SomeOf(JWT_ALGORITHMS)
  internalJwtAlgorithms: readonly string[] = ['RS256', 'ES256'];

  // ## Audit

  /** Maximum number of audit events of all users; the oldest are dropped first. */
  @WholeNumber(1000, 10_000_000)
  auditMaxEvents: number = 100_000;

  /** Maximum number of audit events of one user; the oldest are dropped first. Each takes 0.4 KB of Redis. */
  @WholeNumber(10, 10_000)
  auditMaxEventsPerUser: number = 200;

  /** How long an audit event is kept. */
  @WholeNumber(1, 400)
  auditRetentionDays: number = 30;

  // ## Process

  /** `production` requires Redis, a Twilio account and IDENTITY_HASH_SECRET. */
  @OneOf(NODE_ENVS)
  nodeEnv: (typeof NODE_ENVS)[number] = 'development';

  /** Lowest level of log lines that are written. */
  @OneOf(LOG_LEVELS)
  logLevel: (typeof LOG_LEVELS)[number] = 'info';

  /** How long running resends may take after SIGTERM before they are aborted. */
  @WholeNumber(1, 300)
  shutdownGraceSeconds: number = 15;
}

/** Variables that `<NAME>_FILE` may replace: the value is then the text of that file, read as the variable's would be. */
export const SECRETS = [
  'twilioApiKeySid',
  'twilioApiKeySecret',
  'twilioOauthClientId',
  'twilioOauthClientSecret',
  'twilioAuthToken',
  'httpsProxy',
  'httpProxy',
  'twilioWebhookKeys',
  'redisUrl',
  'redisPassword',
  'redisSessionPassword',
  'redisSentinelPassword',
  'identityHashSecret',
  'sessionCookieSecrets',
  'sessionStoreRedisUrl',
  'sessionIntrospectionClientSecret',
] as const satisfies readonly (keyof Settings)[];
