import {
  createRemoteJWKSet,
  customFetch,
  errors,
  jwksCache,
  type FlattenedJWSInput,
  type JWKSCacheInput,
  type JWSHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
  type RemoteJWKSet,
} from 'jose';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import type { TokenReason } from '@resend/credential-reasons.js';
import type { Refusal } from '@resend/refusals.js';
import { CLOCK_TOLERANCE_SECONDS, objectionTo } from './access-token.js';
import { providerFetch, safeError } from './provider-fetch.js';
import { sessionUnavailable } from './session-unavailable.js';
import { usableKeys } from './usable-keys.js';

/** Which tokens are accepted. */
export interface JwtVerifierOptions {
  /** URL of the issuer's key set. */
  readonly jwksUrl: string;
  /** Must equal `iss`. */
  readonly issuer: string;
  /** Must equal `aud` or be one of its values. One of several is enough. */
  readonly audience: string | readonly string[];
  /** The claim that has it. Default: `aud`. Amazon Cognito's access tokens have `client_id` instead. */
  readonly audienceClaim?: (typeof AUDIENCE_CLAIMS)[number];
  /** Accepted signature algorithms, from `ASYMMETRIC_ALGORITHMS`. */
  readonly algorithms: readonly string[];
  /**
   * Accepted `typ` headers; `none` is a token without one. Default: `at+jwt`. Any other may also be that of an ID
   * token, which then only its audience and claims exclude.
   */
  readonly types?: readonly string[];
  /** How far the clocks of the issuer and this service may differ. Default 30. */
  readonly clockToleranceSeconds?: number;
  /** For fetching the key set, in milliseconds. Default 2000. */
  readonly deadlineMs?: number;
  /** The proxies for the issuer. Default: none. */
  readonly proxies?: Proxies;
  /** Called when refreshing the keys fails while the cached ones are still in use. */
  readonly onTrouble?: (trouble: Error) => void;
  /** Called with the number of unusable keys in the key set, whenever that number changes. */
  readonly onUnusableKeys?: (count: number) => void;
}

export const AUDIENCE_CLAIMS = ['aud', 'client_id'] as const;

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
 * Verifies JWT access tokens (RFC 9068) against the issuer's key set. Enforced: `typ`, signature and algorithm, `iss`,
 * `aud`, `exp` and `nbf`, the presence of `exp` and `iat`, the absence of `cnf`, and that no claim says "refresh token"
 * or "ID token". Not enforced: `sub`, `client_id` and `jti`; callers that use one of them must check it.
 */
export class JwtVerifier {
  private readonly keys: RemoteJWKSet;
  private readonly cache: JWKSCacheInput = {};
  private readonly checks: JWTVerifyOptions;
  private readonly types: ReadonlySet<string>;
  private retryAt = Number.NEGATIVE_INFINITY;
  private unusable = 0;

  /** @throws TypeError when an algorithm is not asymmetric */
  constructor(private readonly options: JwtVerifierOptions) {
    if (!options.algorithms.every((algorithm) => ASYMMETRIC_ALGORITHMS.includes(algorithm))) {
      throw new TypeError('only asymmetric signature algorithms are allowed');
    }
    const { issuer, audience, audienceClaim = 'aud', types = ['at+jwt'] } = options;
    this.types = new Set(types.map(withoutPrefix));
    this.checks = {
      issuer,
      ...(audienceClaim === 'aud' && { audience: [audience].flat() }),
      algorithms: [...options.algorithms],
      requiredClaims: ['exp', 'iat'],
      clockTolerance: options.clockToleranceSeconds ?? CLOCK_TOLERANCE_SECONDS,
    };
    const fetchKeys = providerFetch(options.proxies);
    this.keys = createRemoteJWKSet(new URL(options.jwksUrl), {
      timeoutDuration: options.deadlineMs ?? 2000,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      [jwksCache]: this.cache,
      [customFetch]: async (url, request) => {
        if (performance.now() < this.retryAt) throw new BackingOff();
        return this.withUsableKeys(await fetchKeys(url, request));
      },
    });
  }

  /**
   * @returns the claims, or why the token is invalid
   * @throws Refusal `session-unavailable` when the issuer's keys cannot be fetched
   */
  async verify(token: string): Promise<JWTPayload | TokenReason> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.keyFor, this.checks);
      return this.objectionTo(payload, protectedHeader.typ) ?? payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return reasonOf(error);
      throw error;
    }
  }

  /** Checks that jose does not make. */
  private objectionTo(payload: JWTPayload, typ: unknown = 'none'): TokenReason | undefined {
    const type = typeof typ === 'string' ? withoutPrefix(typ) : '';
    if (!this.types.has(type) || (!type.endsWith('at+jwt') && isIdToken(payload))) return 'wrong-type';
    const objection = objectionTo(payload);
    const { audience, audienceClaim = 'aud' } = this.options;
    if (objection || audienceClaim === 'aud') return objection;
    return [audience].flat().some((one) => one === payload[audienceClaim]) ? undefined : 'wrong-audience';
  }

  /** With an unusable key in the set, jose would fail instead of refusing the token. */
  private async withUsableKeys(response: Response): Promise<Response> {
    const set = (await response
      .clone()
      .json()
      .catch(() => undefined)) as { readonly keys?: unknown } | null | undefined;
    if (!Array.isArray(set?.keys)) return response; // jose reports what is wrong
    const { keys, unusable } = usableKeys(set.keys);
    if (unusable !== this.unusable) this.options.onUnusableKeys?.(unusable);
    this.unusable = unusable;
    return Response.json({ keys }, { status: response.status });
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

/** RFC 7515, 4.1.9: a media type in upper or lower case, whose `application/` may be left out. */
function withoutPrefix(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}

/**
 * A token whose type ID tokens may have is one if it has the claims of OpenID Connect, unless a claim declares its
 * kind.
 */
function isIdToken({ typ, token_use, nonce, at_hash, c_hash }: JWTPayload): boolean {
  return (typ ?? token_use ?? undefined) === undefined && (nonce ?? at_hash ?? c_hash ?? undefined) !== undefined;
}

const REASON_OF_CLAIM: Readonly<Record<string, TokenReason>> = {
  iss: 'wrong-issuer',
  aud: 'wrong-audience',
  nbf: 'not-yet-valid',
};

/**
 * The other claims that jose requires are `exp` and `iat`. A JWE, or a JWS that jose can not read, counts as malformed.
 */
function reasonOf(error: errors.JOSEError): TokenReason {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) {
    const isNoTime = error.reason === 'invalid';
    return (isNoTime ? undefined : REASON_OF_CLAIM[error.claim]) ?? 'missing-claim';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad-signature';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'wrong-algorithm';
  const isAboutKey = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
  return isAboutKey ? 'unknown-key' : 'malformed';
}

/** Thrown instead of a request to an issuer that has just failed. */
class BackingOff extends Error {
  override readonly name = 'BackingOff';
}

// Without an apostrophe: the log cuts messages at quotation marks.
const KEYS_UNAVAILABLE = 'the signing keys of the token issuer cannot be fetched';

function unavailable(error: unknown): Refusal {
  return sessionUnavailable(safeError(KEYS_UNAVAILABLE, error));
}
