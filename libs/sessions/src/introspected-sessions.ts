import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  type IntrospectionResponse,
  introspectionRequest,
  processIntrospectionResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { CLOCK_TOLERANCE_SECONDS, sessionOfClaims } from './checked-session.js';
import { providerFetch, type ProviderFetch, safeError } from './provider-fetch.js';
import { RecentSessions } from './recent-sessions.js';
import { sessionUnavailable } from './session-unavailable.js';

/** The introspection endpoint, our client there, and what a token must contain. */
export interface IntrospectionOptions {
  /** The introspection endpoint (RFC 7662). */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** If set, a token must contain it in `aud`. */
  readonly audience?: string;
  /** If set, a token must have it as `iss`. */
  readonly issuer?: string;
  /** How long an active token is cached, never past its `exp`. A revoked token may work this much longer. */
  readonly cacheMs: number;
  /** For the whole answer, in milliseconds. */
  readonly deadlineMs: number;
  /** The proxies on the way to the endpoint. Default: none. */
  readonly proxies?: Proxies;
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number;
}

/** RFC 6750, 2.1. An endpoint may reject anything else with an error, which would look like an outage. */
const TOKEN = /^[A-Za-z0-9._~+/-]{1,8192}={0,2}$/;

/** A cached session takes about half a KiB. */
const MAX_CACHED = 10_000;

/**
 * Sessions that are opaque access tokens, checked with their issuer: `sub` is the identity, `challenge_sid` binds. Only
 * active tokens are cached: a cached "inactive" could keep out a token that becomes valid a moment later.
 */
export class IntrospectedSessions extends SessionDirectory {
  private readonly recent: RecentSessions;
  private readonly now: () => number;
  private readonly fetch: ProviderFetch;

  constructor(private readonly options: IntrospectionOptions) {
    super();
    this.now = options.now ?? Date.now;
    this.fetch = providerFetch(options.proxies);
    this.recent = new RecentSessions(MAX_CACHED, this.now);
  }

  override async find(credential: string): Promise<Session | undefined> {
    if (!TOKEN.test(credential)) return undefined;
    const cached = this.recent.get(credential);
    if (cached) return cached;
    const answer = await this.introspect(credential);
    const session = this.isValid(answer) ? sessionOfClaims(answer) : undefined;
    if (!session) return undefined;
    const endsAt = Math.min(this.now() + this.options.cacheMs, (answer.exp ?? Number.POSITIVE_INFINITY) * 1000);
    this.recent.put(credential, session, endsAt);
    return session;
  }

  private async introspect(token: string): Promise<IntrospectionResponse> {
    const { url, clientId, clientSecret, deadlineMs } = this.options;
    const issuer = { issuer: new URL(url).origin, introspection_endpoint: url };
    const client = { client_id: clientId };
    let status = 'no answer';
    try {
      const response = await introspectionRequest(issuer, client, ClientSecretBasic(clientSecret), token, {
        additionalParameters: { token_type_hint: 'access_token' },
        signal: AbortSignal.timeout(deadlineMs),
        [customFetch]: this.fetch,
        [allowInsecureRequests]: url.startsWith('http:'),
      });
      status = `status ${response.status}`;
      return await processIntrospectionResponse(issuer, client, response);
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return { active: false };
      const isOurFault = status === 'status 401' || status === 'status 403';
      const what = isOurFault ? 'the introspection endpoint does not accept our client' : 'introspection failed';
      throw sessionUnavailable(safeError(`${what}, ${status}`, error));
    }
  }

  /** Checks again what the issuer may have left to us although it answered `active`. */
  private isValid({ active, exp, nbf, iss, aud, token_type }: IntrospectionResponse): boolean {
    const { audience, issuer } = this.options;
    const seconds = this.now() / 1000;
    return (
      active &&
      (exp === undefined || (typeof exp === 'number' && exp > seconds)) &&
      (nbf === undefined || (typeof nbf === 'number' && nbf <= seconds + CLOCK_TOLERANCE_SECONDS)) &&
      (issuer === undefined || iss === issuer) &&
      (audience === undefined || [aud].flat().includes(audience)) &&
      (token_type === undefined || (typeof token_type === 'string' && token_type.toLowerCase() === 'bearer'))
    );
  }
}
