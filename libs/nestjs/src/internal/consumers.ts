import type { JWTPayload } from 'jose';
import { ApiKeys } from './api-keys.js';

/** Who calls the internal API, and what they may. */
export interface Consumer {
  /** `key:<id>` or `client:<id>`: as it stands in the log and the audit trail. */
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** Checks a JWT's signature, issuer, audience and times. Throws `session-unavailable` when it can not tell. */
export interface TokenVerifier {
  verify(token: string): Promise<JWTPayload | undefined>;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** A client's id stands in the log and the audit trail: one word that nothing has to quote, and not without end. */
const CLIENT_ID = /^[\w.:/@~+=-]{1,128}$/;

/** The internal API's two kinds of credential: an API key, and a JWT of the organisation's own identity provider. */
export class Consumers {
  /** @param tokens undefined: no JWT is accepted */
  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens: TokenVerifier | undefined,
  ) {}

  /** @returns undefined for a credential that is unknown, over or malformed */
  async find(credential: string): Promise<Consumer | undefined> {
    const key = this.keys.find(credential);
    if (key) return { actor: `key:${key.id}`, scopes: key.scopes };
    const claims = this.tokens && JWT.test(credential) ? await this.tokens.verify(credential) : undefined;
    return claims && consumerOf(claims);
  }
}

/**
 * RFC 9068: `client_id` must be there and names the consumer, `scope` is a list of words. `sub` never stands in for it: it
 * may be a person's.
 */
function consumerOf({ client_id: id, cnf, scope }: JWTPayload): Consumer | undefined {
  const isBoundToKey = cnf !== undefined; // DPoP (RFC 9449) or mTLS (RFC 8705): stolen, it must be worth nothing
  if (isBoundToKey || typeof id !== 'string' || !CLIENT_ID.test(id)) return undefined;
  return { actor: `client:${id}`, scopes: typeof scope === 'string' ? scope.split(' ') : [] };
}
