import type { Dispatcher } from 'undici';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import { type Answer, Exchange } from './exchange.js';
import {
  ChangingSecret,
  type Credentials,
  CredentialsError,
  type CredentialsNeed,
  type Current,
  currentOf,
} from './credentials.js';
import { twilioSockets } from './twilio-sockets.js';

/** An OAuth app of the account (client credentials). */
export interface OauthApp {
  readonly clientId: Current<string>;
  readonly clientSecret: Current<string>;
}

export interface OauthCredentialsOptions extends OauthApp {
  /** Scheme, host and port of the token endpoint, and a path prefix if there is one. */
  readonly baseUrl: string;
  /** Time limit of a request for a token, in milliseconds. */
  readonly deadlineMs: number;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string;
  /** The proxies for Twilio. Default: none. */
  readonly proxies?: Proxies | undefined;
}

interface Token {
  readonly authorization: string;
  /**
   * Readings of `performance.now()`. From `renewAt` on the next one is requested; from `endsAt` on this one is not
   * used.
   */
  readonly issuedAt: number;
  readonly renewAt: number;
  readonly endsAt: number;
}

/** A token is renewed with a quarter of its lifetime left, or with this many milliseconds left. */
const RENEW_EARLIER_MS = 5 * 60_000;
/** Tokens are not used in their last milliseconds: clocks differ, and requests take time. */
const END_EARLIER_MS = 5000;
/** A token rejected this soon after its issue is not replaced: the next one would be rejected, too. */
const YOUNG_MS = 5000;
/** RFC 6750, 2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]{1,8192}=*$/;

/**
 * Access tokens of an OAuth app: requested once, shared by all requests until they expire, and renewed in the
 * background. The SDK would request one for each call, without a deadline.
 */
export class OauthCredentials implements Credentials {
  readonly #origin: string;
  readonly #sockets: Dispatcher;
  readonly #path: string;
  readonly #deadlineMs: number;
  readonly #client: ChangingSecret;
  #token: Token | undefined;
  #asking: Promise<Token> | undefined;

  constructor({ baseUrl, deadlineMs, ca, proxies, clientId, clientSecret }: OauthCredentialsOptions) {
    const { origin, pathname } = new URL(baseUrl);
    // backtracks: over a setting of the operator's only
    this.#path = `${pathname.replace(/\/+$/, '')}/v2/token`;
    this.#deadlineMs = deadlineMs;
    this.#origin = origin;
    this.#sockets = twilioSockets(origin, { maxSockets: 1, connectTimeoutMs: deadlineMs, ca, proxies });
    this.#client = new ChangingSecret(() =>
      new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: currentOf(clientId),
        client_secret: currentOf(clientSecret),
      }).toString(),
    );
  }

  authorization({ before }: CredentialsNeed): string | Promise<string> {
    const token = this.#token;
    const now = performance.now();
    if (token && now < token.renewAt) return token.authorization;
    const asking = this.#ask();
    if (!token || now >= token.endsAt) return inTime(asking, before);
    // The token still works: the next request retries a failed renewal.
    asking.catch(() => undefined);
    return token.authorization;
  }

  accepted(): void {}

  rejected(authorization: string): boolean {
    const token = this.#token;
    if (token?.authorization !== authorization) return token !== undefined;
    if (performance.now() - token.issuedAt < YOUNG_MS) return false;
    this.#token = undefined;
    return true;
  }

  async close(): Promise<void> {
    await this.#sockets.destroy();
  }

  /** One request at a time, however many callers wait for it. */
  #ask(): Promise<Token> {
    this.#asking ??= this.#fetchToken().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  /**
   * If changed client credentials are refused, the previous ones are tried: requesting a token changes nothing at
   * Twilio.
   */
  async #fetchToken(): Promise<Token> {
    const deadline = performance.now() + this.#deadlineMs;
    const client = this.#client.now(false);
    try {
      return await this.#tokenOf(client, deadline);
    } catch (error) {
      const isRefused = error instanceof CredentialsError && error.isRejected;
      if (!isRefused || !this.#client.rejected(client)) throw error;
      return this.#tokenOf(this.#client.now(false), deadline);
    }
  }

  async #tokenOf(client: string, deadline: number): Promise<Token> {
    const askedAt = performance.now();
    const { status, body } = await this.#post(client, deadline);
    if (status !== 200) throw new CredentialsError(`token-http-${status}`, [400, 401, 403].includes(status));
    this.#client.accepted(client);
    this.#token = tokenFrom(body, askedAt);
    return this.#token;
  }

  async #post(client: string, deadline: number): Promise<Answer> {
    const exchange = new Exchange({ deadline });
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'application/json' };
    const options = { origin: this.#origin, method: 'POST', path: this.#path, headers, body: client } as const;
    await exchange.send(this.#sockets, options, () => true);
    if (exchange.answer === undefined)
      throw new CredentialsError(`token-${exchange.fault?.reason ?? 'no-code'}`, false);
    return exchange.answer;
  }
}

function tokenFrom(body: unknown, askedAt: number): Token {
  const { access_token: token, expires_in: seconds } = Object(body) as Record<string, unknown>;
  if (typeof token !== 'string' || !BEARER_TOKEN.test(token) || typeof seconds !== 'number' || !(seconds > 0)) {
    throw new CredentialsError('token-unreadable', false);
  }
  const lifeMs = seconds * 1000;
  const endsAt = askedAt + Math.max(lifeMs / 2, lifeMs - END_EARLIER_MS);
  const renewAt = askedAt + Math.max(lifeMs * 0.75, lifeMs - RENEW_EARLIER_MS);
  return { authorization: `Bearer ${token}`, issuedAt: askedAt, renewAt: Math.min(renewAt, endsAt), endsAt };
}

/** The header of a token that arrives in time. */
async function inTime(asking: Promise<Token>, before: number): Promise<string> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CredentialsError('token-deadline', false)), before - performance.now());
  try {
    return (await Promise.race([asking, tooLate])).authorization;
  } finally {
    clearTimeout(timer);
  }
}
