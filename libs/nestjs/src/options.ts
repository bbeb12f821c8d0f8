import type { LoggerService } from '@nestjs/common';
import type { Registry } from '@prometheus-io/client';
import type { Cluster, Redis } from 'ioredis';
import type { AuditOptions } from '@audit/audit-trail.js';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import type { RedisConnections } from '@redis/connections.js';
import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { Session, VerifyGateway } from '@resend/ports.js';
import type { UserClaims } from '@sessions/access-token.js';
import type { ExpressSessionOptions } from '@sessions/express-sessions.js';
import type { IntrospectionOptions } from '@sessions/introspected-sessions.js';
import type { JwtVerifierOptions } from '@sessions/jwt-verifier.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { CallTracing } from '@telemetry/tracing/tracing.js';
import type { Current } from '@verify/credentials.js';
import type { OauthApp } from '@verify/oauth-credentials.js';
import type { TwilioVerifyGatewayOptions } from '@verify/twilio-verify-gateway.js';
import type { EventOptions } from './events/event-streams.js';
import type { TapLimits } from './throttling/tap-limits.js';
import type { WebhookOptions } from './webhook/webhook.controller.js';

/** What `PushResendModule` needs from its host. Only the first three have no default. */
export interface PushResendOptions {
  /** An API key (`SK…`) or an OAuth app, and the Verify Service; or your own SDK client, or a gateway of your own (tests). */
  readonly twilio: TwilioCredentials | TwilioClient | VerifyGateway;
  /**
   * Your ioredis client. The module does not use it directly: it makes its own connections, with safe settings, by
   * `duplicate()`. `'memory'` is for development and a single process; it is refused when NODE_ENV is `production`.
   */
  readonly redis: Redis | Cluster | RedisConnections | 'memory';
  /** Identifies the user of a request: by your own guards, or by one of four session directories. */
  readonly session: SessionOf | SessionStrategy;

  /**
   * Secret of the keyed hash that represents a user in Redis: at least 32 characters, the same in all instances.
   * Required with Redis.
   */
  readonly identityHashSecret?: string;
  /**
   * Prefix of every Redis key. Default: the client's own prefix, `push-resend:` and the SID of the Verify Service, or
   * `custom` for a gateway of your own without `serviceSid`.
   */
  readonly keyPrefix?: string;
  /** Timeout of a Redis command, in milliseconds (250). */
  readonly redisCommandTimeoutMs?: number;

  /**
   * A Redis that evicts keys, does not persist or is a replica makes the health indicator report `down`. A client for a
   * single server that points to a Cluster node stops the start, unless this is false.
   */
  readonly refusesUnsafeRedis?: boolean;
  /** `trusted`: with `refusesUnsafeRedis`, you guarantee that Redis keeps its data across restarts (`checked`). */
  readonly redisPersistence?: 'checked' | 'trusted';

  /** The limits of resends. Defaults: `DEFAULT_POLICY`. Times in milliseconds. */
  readonly policy?: Partial<ResendPolicy>;
  /** How long Twilio may take. Defaults: `DEFAULT_DEADLINES`. */
  readonly deadlines?: Partial<Deadlines>;
  /** How many calls to Twilio may run at once, and when the circuit breaker opens. */
  readonly capacity?: Partial<Capacity>;
  /**
   * The forward proxies for Twilio and identity providers. Default: none; the environment is not read. Loopback is
   * never proxied.
   */
  readonly proxies?: Proxies;
  /** Raw requests per minute: of one session (60), of one client address (600). */
  readonly tapLimits?: Partial<TapLimits>;

  /** Server-sent events for login screens; false: none, and the route answers 404. Defaults: `DEFAULT_EVENTS`. */
  readonly events?: Partial<EventOptions> | false;

  /** Fetches the Verify Service once when the application has started, and logs an error if Twilio rejects the credentials. */
  readonly checksTwilioAtStart?: boolean;

  /** How webhooks are verified. Required for the webhook route. */
  readonly webhook?: WebhookOptions;
  /** For cookie sessions: the sites whose pages may use them. */
  readonly origins?: { readonly own?: string; readonly others?: readonly string[] };
  /** Who may call the internal routes, unless your own guards decide. */
  readonly consumers?: ConsumerOptions;
  /** With your own guards on the internal routes: names the caller in log and audit trail. Must not name a login user. */
  readonly actor?: (request: HostRequest) => string;
  /** How many audit events are kept, and how long. */
  readonly audit?: Partial<Pick<AuditOptions, 'maxEvents' | 'maxEventsOfUser' | 'retentionMs'>>;
  /** Prefix of a problem's `type`, followed by its code (`urn:push-resend:problem:`). */
  readonly problemBaseUri?: string;

  /** Default: Nest's logger. A pino logger works, too. */
  readonly logger?: Log | LoggerService;
  /** A registry of `@prometheus-io/client` that gets this module's metrics. */
  readonly metrics?: Registry | Metrics;
  /** An OpenTelemetry tracer (`trace.getTracer('push-resend')`): ledger and Twilio calls become spans. */
  readonly tracing?: import('@opentelemetry/api').Tracer | CallTracing;
  /** Clock of the in-memory state, in epoch milliseconds. For tests. */
  readonly now?: () => number;
}

/** Limits on concurrent calls to Twilio. */
export interface Capacity {
  /** Concurrent resends and fetches (128), and the sockets kept open for them. */
  readonly maxConcurrent: number;
  /** How many more may wait in the queue (128), and how long, in milliseconds (250). */
  readonly queue: { readonly limit: number; readonly waitMs: number };
  /** Consecutive failures (5) after which calls to Twilio stop, and for how many milliseconds (5000). */
  readonly breaker: Pick<TwilioVerifyGatewayOptions['breaker'], 'failures' | 'openMs'>;
}

/**
 * Reads the user from what the host's guards put on the request; null or undefined: no session. May be asynchronous.
 *
 * Called again with the same request at each heartbeat of an event stream, before which no guard runs: it must query
 * its store if a logout is to end streams.
 */
export type SessionOf = (request: HostRequest) => MaybeSession | Promise<MaybeSession>;
type MaybeSession = Session | null | undefined;

/** The host's own request: only the host knows what its guards put on it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type HostRequest = any;

/** A session store that this module reads itself. */
export type SessionStrategy =
  /** Bearer tokens that your login backend registers through the `sessions` routes; stored with the ledger. */
  | { readonly strategy: 'token' }
  /** The signed cookie of express-session, looked up in its connect-redis store. */
  | ({
      readonly strategy: 'express-session';
      /** Default: `connect.sid`. */
      readonly cookieName?: string;
    } & ExpressSessionOptions)
  /** Bearer JWTs of an identity provider. */
  | ({ readonly strategy: 'jwt' } & JwtOptions & UserClaims)
  /** Opaque bearer tokens, checked at the issuer's RFC 7662 introspection endpoint. */
  | ({ readonly strategy: 'introspection' } & Omit<IntrospectionOptions, 'proxies'>);

/** Which JWTs are accepted. The proxies are those of all options, and what happens to the keys is logged. */
export type JwtOptions = Omit<JwtVerifierOptions, 'proxies' | 'onTrouble' | 'onUnusableKeys'>;

/** Credentials that give access to the internal routes, without guards of your own. */
export interface ConsumerOptions {
  /** Path to a JSON array of the records that `npm run api-key` prints; read again when the file changes. */
  readonly apiKeysFile?: string;
  /** Accepts JWTs (RFC 9068) of this issuer, by `client_id` and `scope`. */
  readonly jwt?: JwtOptions;
}

/**
 * An account with its Verify Service, and an API key or an OAuth app. A secret may be a function, called for each
 * request to Twilio, so that it can change without a restart; it must not throw.
 */
export type TwilioCredentials = {
  /** `AC…` */
  readonly accountSid: string;
  /** `VA…` */
  readonly serviceSid: string;
  /** A simulator or a gateway instead of Twilio itself. */
  readonly baseUrl?: string | undefined;
} & (TwilioApiKey | { readonly oauth: OauthApp });

export interface TwilioApiKey {
  /** `SK…`: an API key, not the account's auth token. */
  readonly apiKeySid: Current<string>;
  readonly apiKeySecret: Current<string>;
}

/**
 * The host's own SDK client. Only its credentials are used: the calls go over a transport of our own, which limits the
 * duration of every call and can prove that nothing was sent.
 */
export interface TwilioClient {
  readonly client: {
    readonly username?: string;
    readonly password?: string;
    readonly accountSid?: string;
    readonly region?: string;
    readonly edge?: string;
  };
  readonly serviceSid: string;
}

/** Invalid options. The message lists each of them with the reason. */
export class PushResendOptionsError extends Error {
  constructor(readonly complaints: readonly string[]) {
    super(`Invalid options for PushResendModule:\n${complaints.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'PushResendOptionsError';
  }
}
