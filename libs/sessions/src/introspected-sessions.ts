import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  type IntrospectionResponse,
  introspectionRequest,
  processIntrospectionResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import type { SessionReason } from '@resend/credential-reasons.js';
import { type Session, SessionDirectory } from '@resend/ports.js';
import {
  CLOCK_TOLERANCE_SECONDS,
  inOneSpelling,
  MAX_TOKEN_LENGTH,
  objectionTo,
  sessionOfClaims,
  type UserClaims,
} from './access-token.js';
import { providerFetch, type ProviderFetch, safeError } from './provider-fetch.js';
import { RecentSessions } from './recent-sessions.js';
import { sessionUnavailable } from './session-unavailable.js';

/** The introspection endpoint, our client there, and what a token must contain. */
export interface IntrospectionOptions extends UserClaims {
  /** The introspection endpoint (RFC 7662). */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How they are sent. Default: `client_secret_basic`. */
  readonly clientAuthentication?: ClientAuthentication;
  /** If set, a token must contain it in `aud`. */
  readonly audience?: string;
  /** If set, a token must have it as `iss`. */
  readonly issuer?: string;
  /** How long an active token is cached, never past its `exp`. A revoked token may work for this much longer. */
  readonly cacheMs: number;
  /** For the whole answer, in milliseconds. */
  readonly deadlineMs: number;
  /** How far the clocks of the issuer and this service may differ. Default 30. */
  readonly clockToleranceSeconds?: number;
  /** The proxies for the endpoint. Default: none. */
  readonly proxies?: Proxies;
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number;
}

/** The last one is for servers that do not decode what clients encode according to RFC 6749, 2.3.1. */
export const CLIENT_AUTHENTICATIONS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_basic_unencoded',
] as const;
export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

/** RFC 6750, 2.1. An endpoint may reject anything else with an error, which would look like an outage. */
const TOKEN = /^[A-Za-z0-9._~+/-]+={0,2}$/;

/** A cached session takes about half a KiB. */
const MAX_CACHED = 10_000;

/**
 * Sessions that are opaque access tokens, checked with their issuer: a claim is the identity, `challenge_sid` binds. Only
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

  override async find(credential: string): Promise<Session | SessionReason> {
    if (credential.length > MAX_TOKEN_LENGTH || !TOKEN.test(credential)) return 'malformed';
    const cached = this.recent.get(credential);
    if (cached) return cached;
    const answer = await this.introspect(credential);
    const session = this.objectionTo(answer) ?? sessionOfClaims(answer, this.options);
    if (typeof session === 'string') return session;
    const endsAt = Math.min(this.now() + this.options.cacheMs, (answer.exp ?? Number.POSITIVE_INFINITY) * 1000);
    this.recent.put(credential, session, endsAt);
    return session;
  }

  /** The issuer may accept several encodings of a token. */
  override countedBy(credential: string): string {
    return inOneSpelling(credential);
  }

  private async introspect(token: string): Promise<IntrospectionResponse> {
    const { url, clientId, deadlineMs } = this.options;
    const issuer = { issuer: new URL(url).origin, introspection_endpoint: url };
    const client = { client_id: clientId };
    let status = 'no answer';
    try {
      const response = await introspectionRequest(issuer, client, clientAuth(this.options), token, {
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
      const what = isOurFault ? 'the introspection endpoint rejected our client credentials' : 'introspection failed';
      throw sessionUnavailable(safeError(`${what}, ${status}`, error));
    }
  }

  /** Checks what the issuer may not have checked although it returned `active`. Null means "none". */
  private objectionTo(answer: IntrospectionResponse): SessionReason | undefined {
    if (!answer.active) return 'inactive';
    const { audience, issuer, clockToleranceSeconds = CLOCK_TOLERANCE_SECONDS } = this.options;
    const { iss, aud } = answer;
    const seconds = this.now() / 1000;
    const exp: unknown = answer.exp ?? Number.POSITIVE_INFINITY;
    const nbf: unknown = answer.nbf ?? 0;
    if (typeof exp !== 'number' || typeof nbf !== 'number') return 'missing-claim';
    if (exp <= seconds - clockToleranceSeconds) return 'expired';
    if (nbf > seconds + clockToleranceSeconds) return 'not-yet-valid';
    if (issuer !== undefined && iss !== issuer) return 'wrong-issuer';
    if (audience !== undefined && ![aud].flat().includes(audience)) return 'wrong-audience';
    return objectionTo(answer);
  }
}

function clientAuth({
  clientId,
  clientSecret,
  clientAuthentication = 'client_secret_basic',
}: IntrospectionOptions): ClientAuth {
  switch (clientAuthentication) {
    case 'client_secret_basic':
      return ClientSecretBasic(clientSecret);
    case 'client_secret_post':
      return ClientSecretPost(clientSecret);
    case 'client_secret_basic_unencoded': {
      const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
      return (_server, _client, _body, headers) => headers.set('authorization', `Basic ${credentials}`);
    }
  }
}
