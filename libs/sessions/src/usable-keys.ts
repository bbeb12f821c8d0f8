import { createPublicKey } from 'node:crypto';
import type { JWK } from 'jose';

/**
 * The keys of a JWKS that can verify a signature, each without the members that are not needed for it. RFC 7517, 5,
 * requires ignoring the others, so that one of them does not disable the good ones.
 */
export interface UsableKeys {
  readonly keys: readonly JWK[];
  /** Unusable signature keys: malformed, too short, off their curve, private. */
  readonly unusable: number;
}

/** @param keys the member `keys` of a JWKS, not yet validated */
export function usableKeys(keys: readonly unknown[]): UsableKeys {
  const forSignatures = keys.filter(isForSignatures);
  const usable = forSignatures.flatMap((jwk) => verifying(jwk) ?? []);
  return { keys: usable, unusable: forSignatures.length - usable.length };
}

/** A set may also have keys for encryption (`use`), and of unknown types. */
function isForSignatures(jwk: unknown): jwk is JWK {
  const { kty, use = 'sig', key_ops: operations = ['verify'] } = (jwk ?? {}) as Partial<Record<keyof JWK, unknown>>;
  if (use !== 'sig' || !Array.isArray(operations) || !operations.includes('verify')) return false;
  return kty === 'RSA' || kty === 'EC' || kty === 'OKP';
}

/**
 * The minimum size of RSA keys for jose, the maximum for OpenSSL, and an exponent (RFC 8017, 3.1) with which not
 * everyone can sign.
 */
const RSA_BITS = { least: 2048, most: 16_384 };
const LEAST_RSA_EXPONENT = 3n;

/** @returns undefined for a key that can not verify a signature */
function verifying(jwk: JWK): JWK | undefined {
  if (jwk.d !== undefined) return undefined; // private, and published: anyone could sign
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const { modulusLength = RSA_BITS.least, publicExponent = LEAST_RSA_EXPONENT } = key.asymmetricKeyDetails ?? {};
    if (modulusLength < RSA_BITS.least || modulusLength > RSA_BITS.most) return undefined;
    if (publicExponent < LEAST_RSA_EXPONENT) return undefined;
    const { kid, alg } = jwk;
    return { ...key.export({ format: 'jwk' }), ...(kid !== undefined && { kid }), ...(alg !== undefined && { alg }) };
  } catch {
    return undefined; // counted by the caller
  }
}
