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
import { Refusal } from '@resend/refusals.js';
import { providerFetch, troubleWith } from './provider-fetch.js';

/** Whose tokens are believed, and for whom they must have been made. */
export interface JwtVerifierOptions {
  /** Where the issuer publishes its public keys. */
  readonly jwksUrl: string;
  /** `iss`, exactly. */
  readonly issuer: string;
  /** `aud`, or one of it. */
  readonly audience: string;
  /** The signatures that are accepted: of `ASYMMETRIC_ALGORITHMS`. */
  readonly algorithms: readonly string[];
  /** The key set is given up after this many milliseconds. */
  readonly deadlineMs?: number;
  /** Told when the keys could not be had again in time, while those had before are still good. */
  readonly onTrouble?: (trouble: Error) => void;
}

/** Where whoever can check a signature can not make one. With `HS256`, the public key would be the secret. */
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

/** Clocks may differ by this, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Milliseconds. A key that nobody knows is looked for at most this often: so soon is a rotation noticed. */
const COOLDOWN_MS = 5000;
/** Keys are had again after this, while those at hand still serve. */
const RENEW_AFTER_MS = 5 * 60_000;
/** Keys older than this are believed no more: the issuer may have withdrawn one. */
const MAX_AGE_MS = 15 * 60_000;
/** An issuer that did not answer is left alone this long. */
const LEFT_ALONE_MS = 1000;

/**
 * Verifies access tokens of RFC 9068 against the issuer's key set. Enforced: `typ` (`at+jwt`), signature and algorithm,
 * `iss`, `aud`, `exp` and `nbf` (5 s of tolerance), and that `sub` and `iat` are there. Not enforced: `client_id` and
 * `jti`, which the RFC demands of issuers and nobody here reads.
 */
export class JwtVerifier {
  private readonly keys: RemoteJWKSet;
  private readonly cache: JWKSCacheInput = {};
  private askAgainAt = Number.NEGATIVE_INFINITY;

  /** @throws TypeError for an algorithm that is not asymmetric */
  constructor(private readonly options: JwtVerifierOptions) {
    if (!options.algorithms.every((algorithm) => ASYMMETRIC_ALGORITHMS.includes(algorithm))) {
      throw new TypeError('only asymmetric algorithms');
    }
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      timeoutDuration: options.deadlineMs ?? 2000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [jwksCache]: this.cache,
      [customFetch]: async (url, request) => {
        if (performance.now() < this.askAgainAt) throw new LeftAlone();
        return providerFetch(url, request);
      },
    });
  }

  /**
   * @returns the claims, or undefined for whatever is wrong with the token
   * @throws Refusal `session-unavailable` when the issuer's keys can not be had
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
      throw unavailable(error); // a key that jose refuses to use: too short, or of the wrong kind
    }
  }

  private readonly keyFor = async (header: JWSHeaderParameters, token: FlattenedJWSInput) => {
    if (this.cache.uat !== undefined && Date.now() - this.cache.uat > RENEW_AFTER_MS) this.renew();
    try {
      return await this.keys(header, token);
    } catch (error) {
      // The token names no key, or none that is there.
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      this.leaveAlone(error);
      throw unavailable(error);
    }
  };

  /** Before the keys are too old, so that an outage shorter than what they have left is noticed by nobody. */
  private renew(): void {
    if (this.keys.reloading || !this.keys.fresh || performance.now() < this.askAgainAt) return;
    this.keys.reload().catch((error: unknown) => {
      this.leaveAlone(error);
      this.options.onTrouble?.(troubleWith(KEYS, error));
    });
  }

  private leaveAlone(after: unknown): void {
    if (!(after instanceof LeftAlone)) this.askAgainAt = performance.now() + LEFT_ALONE_MS;
  }
}

/** The issuer was not asked, as it had not answered a moment ago. */
class LeftAlone extends Error {
  override readonly name = 'LeftAlone';
}

const KEYS = 'the keys of the token issuer can not be had';

function unavailable(error: unknown): Refusal {
  return new Refusal('session-unavailable', { waitMs: 1000, cause: troubleWith(KEYS, error) });
}
