import { createPublicKey, verify, type KeyObject } from 'node:crypto';

/** A JWT whose signature was checked. */
export interface SignedJwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A P-256 public key from PKIX DER in base64; null when it is anything else. */
export function readPublicKey(base64: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null;
  } catch {
    return null;
  }
}

/** A compact ES256 JWT; null unless it is signed with the key. */
export function readSigned(jwt: string, key: KeyObject): SignedJwt | null {
  const [header, payload, signature, ...rest] = jwt.split('.');
  if (!header || !payload || !signature || rest.length > 0) return null;
  const signed = Buffer.from(`${header}.${payload}`);
  const valid = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  const jwtHeader = readPart(header);
  const claims = readPart(payload);
  return valid && jwtHeader?.alg === 'ES256' && claims ? { header: jwtHeader, claims } : null;
}

/** The header of a JWT whose signature has not been checked; null when it can not be read. */
export function readHeader(jwt: string): Readonly<Record<string, unknown>> | null {
  return readPart(jwt.split('.')[0] ?? '');
}

/** Whether a text was signed with the key: ASN.1 DER in base64, as the key stores of phones produce it. */
export function isSignatureOf(text: string, base64: string, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(text), key, Buffer.from(base64, 'base64'));
}

function readPart(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
