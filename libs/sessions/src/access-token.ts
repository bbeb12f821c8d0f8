import type { SessionReason, TokenReason } from '@resend/credential-reasons.js';
import type { Session } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';
import { propertyAt } from './property-at.js';

/** Clocks of an issuer and this service may differ by this much, unless the options say otherwise. */
export const CLOCK_TOLERANCE_SECONDS = 30;

/** The longest access token that is read, in characters. */
export const MAX_TOKEN_LENGTH = 16_384;

/** Where the claims of a token have the identity. */
export interface IdentityClaim {
  /** Names of nested claims. Default: `sub`. */
  readonly identityPath?: readonly string[];
  /** What every identity begins with there, and does not at Twilio, such as `auth0|`. Others are refused. Default: nothing. */
  readonly identityPrefix?: string;
}

/** The claims of an access token, in a JWT and in an introspection response alike. Some issuers write null for "none". */
export type Claims = Readonly<Record<string, unknown>>;

/** What issuers call an access token: Keycloak in `typ`, Cognito and Hydra in `token_use`, others in `token_type`. */
const ACCESS =
  /^(?:bearer|jwt|(?:application\/)?at\+jwt|access(?:[_-]token)?|urn:ietf:params:oauth:token-type:access_token)$/i;

/** Whether a claim that names the kind of token names another one than an access token: an ID token, a refresh token. */
export function isAnotherKind(claims: Claims): boolean {
  return ['typ', 'token_use', 'token_type'].some((name) => {
    const kind = claims[name] ?? 'access';
    return typeof kind !== 'string' || !ACCESS.test(kind);
  });
}

/** @returns why a token with these claims is no access token that this service can check; undefined if it is one */
export function objectionTo(claims: Claims): TokenReason | undefined {
  const isBoundToKey = (claims['cnf'] ?? undefined) !== undefined; // DPoP (RFC 9449) or mTLS (RFC 8705): useless to a thief without the key
  if (isBoundToKey) return 'bound-to-a-key';
  return isAnotherKind(claims) ? 'wrong-type' : undefined;
}

const SUB = ['sub'];
/** The client that a token was issued to: RFC 9068 and Cognito, Okta, OpenID Connect, Entra ID and AD FS. */
const CLIENT_CLAIMS = ['client_id', 'cid', 'azp', 'appid'];

/** @returns the session of valid claims, or why there is none: a token of a client itself is no user's */
export function sessionOfClaims(
  claims: Claims,
  { identityPath = SUB, identityPrefix }: IdentityClaim = {},
): Session | SessionReason {
  const { sub } = claims;
  const isOfClientItself = sub !== undefined && CLIENT_CLAIMS.some((name) => claims[name] === sub);
  if (isOfClientItself) return 'of-a-client';
  return checkedSession(propertyAt(claims, identityPath), claims['challenge_sid'], identityPrefix);
}
