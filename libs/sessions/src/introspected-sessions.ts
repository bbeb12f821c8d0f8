import {
  allowInsecureRequests,
  ClientSecretBasic,
  customFetch,
  type IntrospectionResponse,
  introspectionRequest,
  processIntrospectionResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { sessionOfClaims } from './checked-session.js';
import { providerFetch, troubleWith } from './provider-fetch.js';
import { RecentSessions } from './recent-sessions.js';

/** Where tokens are asked about, and as whom. */
export interface IntrospectionOptions {
  /** The endpoint of RFC 7662. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Given: a token must say that it was made for it (`aud`). */
  readonly audience?: string;
  /** Given: a token must say that it comes from it (`iss`). */
  readonly issuer?: string;
  /** A yes is believed this long, and never past the token's own end. */
  readonly cacheMs: number;
  /** An answer is given up after this many milliseconds. */
  readonly deadlineMs: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** Of RFC 6750, 2.1. Endpoints may object to anything else, and it would look as if they failed. */
const TOKEN = /^[A-Za-z0-9._~+/-]{1,8192}={0,2}$/;

/** A session has about half a KiB. */
const MAX_REMEMBERED = 10_000;

/**
 * Sessions that are opaque access tokens, which their issuer knows: `sub` is the identity, `challenge_sid` binds. Only a
 * yes is remembered: a no would help nobody but a token that is about to be valid.
 */
export class IntrospectedSessions extends SessionDirectory {
  private readonly recent: RecentSessions;
  private readonly now: () => number;

  constructor(private readonly options: IntrospectionOptions) {
    super();
    this.now = options.now ?? Date.now;
    this.recent = new RecentSessions(MAX_REMEMBERED, this.now);
  }

  override async find(credential: string): Promise<Session | undefined> {
    if (!TOKEN.test(credential)) return undefined;
    const known = this.recent.get(credential);
    if (known) return known;
    const answer = await this.introspect(credential);
    const session = this.isGood(answer) ? sessionOfClaims(answer) : undefined;
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
        [customFetch]: providerFetch,
        [allowInsecureRequests]: url.startsWith('http:'),
      });
      status = `status ${response.status}`;
      return await processIntrospectionResponse(issuer, client, response);
    } catch (error) {
      if (error instanceof ResponseBodyError && error.error === 'unsupported_token_type') return { active: false };
      const isOurFault = status === 'status 401' || status === 'status 403';
      const what = isOurFault ? 'the introspection endpoint does not accept our client' : 'introspection failed';
      throw new Refusal('session-unavailable', { waitMs: 1000, cause: troubleWith(`${what}, ${status}`, error) });
    }
  }

  /** The issuer has judged by its own clock. What it tells is judged again, for what it may leave to us. */
  private isGood({ active, exp, nbf, iss, aud, token_type }: IntrospectionResponse): boolean {
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

/** Clocks may differ by this, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;
