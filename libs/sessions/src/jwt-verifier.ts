import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwksCache,
  type FlattenedJWSInput,
  type JWKSCacheInput,
  type JWSHeaderParameters,
  type JWTPayload,
  jwtVerify,
  type RemoteJWKSet,
} from 'jose';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import { Refusal } from '@resend/refusals.js';
import { CLOCK_TOLERANCE_SECONDS } from './checked-session.js';
import { providerFetch, safeError } from './provider-fetch.js';
import { sessionUnavailable } from './session-unavailable.js';

/** Which tokens are accepted. */
export interface JwtVerifierOptions {
  /** URL of the issuer's key set. */
  readonly jwksUrl: string;
  /** Must equal `iss`. */
  readonly issuer: string;
  /** Must equal `aud` or be one of its values. */
  readonly audience: string;
  /** Accepted signature algorithms, from `ASYMMETRIC_ALGORITHMS`. */
  readonly algorithms: readonly string[];
  /** For fetching the key set, in milliseconds. Default 2000. */
  readonly deadlineMs?: number;
  /** The proxies on the way to the issuer. Default: none. */
  readonly proxies?: Proxies;
  /** Called when refreshing the keys fails while the cached ones are still in use. */
  readonly onTrouble?: (trouble: Error) => void;
}

/** With a symmetric algorithm such as `HS256`, the published key could also sign tokens. */
export const ASYMMETRIC_ALGORITHMS: readonly string[] = [
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

/** Minimum interval between fetches caused by an unknown key id, so a rotation is noticed this soon. */
const COOLDOWN_MS = 5000;
/** Age at which the keys are refreshed in the background, while the cached ones stay in use. */
const REFRESH_AFTER_MS = 5 * 60_000;
/** Age at which cached keys are no longer trusted: the issuer may have withdrawn one. */
const MAX_AGE_MS = 15 * 60_000;
/** Pause after a failed fetch of the keys. */
const BACKOFF_MS = 1000;

/**
 * Verifies JWT access tokens (RFC 9068) against the issuer's key set. Enforced: `typ` (`at+jwt`), signature and
 * algorithm, `iss`, `aud`, `exp` and `nbf` (5 s of tolerance), and the presence of `sub` and `iat`. Not enforced:
 * `client_id` and `jti`, which the RFC requires of issuers and this service does not use.
 */
export class JwtVerifier {
  private readonly keys: RemoteJWKSet;
  private readonly cache: JWKSCacheInput = {};
  private retryAt = Number.NEGATIVE_INFINITY;

  /** @throws TypeError when an algorithm is not asymmetric */
  constructor(private readonly options: JwtVerifierOptions) {
    if (!options.algorithms.every((algorithm) => ASYMMETRIC_ALGORITHMS.includes(algorithm))) {
      throw new TypeError('only asymmetric signature algorithms are allowed');
    }
    const fetchKeys = providerFetch(options.proxies);
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      timeoutDuration: options.deadlineMs ?? 2000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [jwksCache]: this.cache,
      [customFetch]: async (url, request) => {
        if (performance.now() < this.retryAt) throw new BackingOff();
        return fetchKeys(url, request);
      },
    });
  }

  /**
   * @returns the claims, or undefined when the token is invalid for any reason
   * @throws Refusal `session-unavailable` when the issuer's keys cannot be fetched or used
   */
  async verify(token: string): Promise<JWTPayload | undefined> {
    const { issuer, audience, algorithms } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.keyFor, {
        typ: 'at+jwt',
        issuer,
        audience,
        algorithms: [...algorithms],
        requiredClaims: ['iss', 'aud', 'exp', 'iat', 'sub'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      if (error instanceof Refusal) throw error;
      throw unavailable(error); // jose refuses the issuer's key: too short, or of the wrong type
    }
  }

  private readonly keyFor = async (header: JWSHeaderParameters, token: FlattenedJWSInput) => {
    if (this.cache.uat !== undefined && Date.now() - this.cache.uat > REFRESH_AFTER_MS) this.refresh();
    try {
      return await this.keys(header, token);
    } catch (error) {
      // The token names no key or an unknown one: the token is invalid, not the issuer.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      this.backOff(error);
      throw unavailable(error);
    }
  };

  /** Refreshes the keys before they are too old, so that a short outage of the issuer has no effect. */
  private refresh(): void {
    if (this.keys.reloading || !this.keys.fresh || performance.now() < this.retryAt) return;
    this.keys.reload().catch((error: unknown) => {
      this.backOff(error);
      this.options.onTrouble?.(safeError(KEYS_UNAVAILABLE, error));
    });
  }

  private backOff(error: unknown): void {
    if (!(error instanceof BackingOff)) this.retryAt = performance.now() + BACKOFF_MS;
  }
}

/** Thrown instead of asking an issuer that has just failed to answer. */
class BackingOff extends Error {
  override readonly name = 'BackingOff';
}

// Without an apostrophe: the log cuts messages at quotation marks.
const KEYS_UNAVAILABLE = 'the signing keys of the token issuer cannot be fetched';

function unavailable(error: unknown): Refusal {
  return sessionUnavailable(safeError(KEYS_UNAVAILABLE, error));
}
