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
/** A client's id goes into log lines and header values of other systems: one word, and not without end. */
const CLIENT_ID = /^[\x21-\x7e]{1,128}$/;

/** The internal API's two kinds of credential: an API key, and a JWT of the organisation's own identity provider. */
export class Consumers {
  /** @param tokens absent: no JWT opens anything */
  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens?: TokenVerifier,
  ) {}

  /** @returns undefined for a credential that is unknown, over or malformed */
  async find(credential: string): Promise<Consumer | undefined> {
    const key = this.keys.find(credential);
    if (key) return { actor: `key:${key.id}`, scopes: key.scopes };
    const claims = this.tokens && JWT.test(credential) ? await this.tokens.verify(credential) : undefined;
    return claims && consumerOf(claims);
  }
}

/** RFC 9068: `client_id` names the consumer, `scope` is a list of words. */
function consumerOf({ client_id: clientId, sub, scope }: JWTPayload): Consumer | undefined {
  const id = clientId ?? sub;
  if (typeof id !== 'string' || !CLIENT_ID.test(id)) return undefined;
  return { actor: `client:${id}`, scopes: typeof scope === 'string' ? scope.split(' ') : [] };
}
