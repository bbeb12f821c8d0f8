import type { SessionReason, TokenReason } from '@resend/credential-reasons.js';
import type { Session } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';
import { propertyAt } from './property-at.js';

/** Clocks of an issuer and this service may differ by this much, unless the options say otherwise. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** The longest access token that is read, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;

/** A JWS (RFC 7515) up to the 22nd character of its signature: 132 bits are too many to guess. */
const BEGINNING_OF_JWS = /^e[\w-]*\.[\w-]+\.[\w-]{22}/;

/**
 * The same token can be encoded in several ways that decoders accept: with padding, ignored characters or unused
 * trailing bits. And an ECDSA signature (r, s) gives another valid one, (r, n − s).
 * @returns the token in canonical encoding; of a JWS only its signed part and the beginning of its signature, which
 * both ECDSA signatures share
 */
export function inOneSpelling(token: string): string {
  const jws = BEGINNING_OF_JWS.exec(token)?.[0];
  if (jws !== undefined) return jws; // the signed part has only one encoding
  const parts = token.split('.').map((part) => Buffer.from(part, 'base64').toString('base64url'));
  const encoded = parts.join('.');
  return BEGINNING_OF_JWS.exec(encoded)?.[0] ?? encoded;
}

/** Where the claims of a token have the identity. */
export interface IdentityClaim {
  /** Names of nested claims. Default: `sub`. */
  readonly identityPath?: readonly string[];
  /**
   * Prefix of every identity there that Twilio's identities lack, such as `auth0|`. Others are refused. Default: none.
   */
  readonly identityPrefix?: string;
}

/** How a user's access token is read. */
export interface UserClaims extends IdentityClaim {
  /** The scope that it must have. Default: none. */
  readonly scope?: string;
}

/** The claims of an access token, in a JWT and in an introspection response alike. Some issuers write null for "none". */
type Claims = Readonly<Record<string, unknown>>;

/** How issuers mark an access token: Keycloak in `typ`, Cognito and Hydra in `token_use`, others in `token_type`. */
const ACCESS =
  /^(?:bearer|jwt|(?:application\/)?at\+jwt|access(?:[_-]token)?|urn:ietf:params:oauth:token-type:access_token)$/i;

/** @returns why this service can not accept a token with these claims as an access token; undefined if it can */
export function objectionTo({ cnf, typ, token_use, token_type }: Claims): TokenReason | undefined {
  const isBoundToKey = cnf !== undefined && cnf !== null; // DPoP (RFC 9449) or mTLS (RFC 8705): useless to a thief without the key
  if (isBoundToKey) return 'bound-to-a-key';
  return [typ, token_use, token_type].every(saysAccess) ? undefined : 'wrong-type';
}

/** @param kind a claim with the kind of token, if present: ID and refresh tokens have another */
function saysAccess(kind: unknown): boolean {
  return kind === undefined || kind === null || (typeof kind === 'string' && ACCESS.test(kind));
}

const SUB = ['sub'];
/** The client that a token was issued to: RFC 9068 and Cognito, Okta, OpenID Connect, Entra ID and AD FS. */
const CLIENT_CLAIMS = ['client_id', 'cid', 'azp', 'appid'];

/** @returns the session of valid claims, or why there is none: client-credentials tokens belong to no user */
export function sessionOfClaims(
  claims: Claims,
  { identityPath = SUB, identityPrefix, scope }: UserClaims = {},
): Session | SessionReason {
  const { sub } = claims;
  const isOfClientItself = sub !== undefined && CLIENT_CLAIMS.some((name) => claims[name] === sub);
  if (isOfClientItself) return 'of-a-client';
  if (scope !== undefined && !scopesOf(claims).includes(scope)) return 'no-scope';
  return checkedSession(propertyAt(claims, identityPath), claims['challenge_sid'], identityPrefix);
}

/** RFC 9068 and RFC 7662: `scope`, separated by spaces. Entra ID uses `scp` instead, and Okta a list there. */
function scopesOf({ scope, scp }: Claims): unknown[] {
  return [scope, scp].flat().flatMap((given) => (typeof given === 'string' ? given.split(' ') : []));
}
