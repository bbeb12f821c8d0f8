import type { JWTPayload } from 'jose';
import type { ConsumerReason, TokenReason } from '@resend/credential-reasons.js';
import type { HostRequest } from '../options.js';
import type { HttpRequest } from '../requests/request-context.js';
import type { ApiKeys } from './api-keys.js';
import { SCOPES } from './scopes.js';

/** A caller of the internal API, and its permissions. */
export interface Consumer {
  /** Its name in the log and the audit trail: `key:<id>`, `client:<id>`, or a name from the host. */
  readonly actor: string;
  readonly scopes: readonly string[];
}

/** Identifies the callers of the internal API. */
export abstract class Consumers {
  /**
   * @param token from the request's `Authorization: Bearer`; undefined without one, empty if it can not be read
   * @returns the consumer, or why its credential is refused
   */
  abstract of(request: HttpRequest, token: string | undefined): Promise<Consumer | ConsumerReason>;
}

/** Checks a JWT's signature, issuer, audience, type and times. Throws `session-unavailable` when it can not check. */
export interface TokenVerifier {
  verify(token: string): Promise<JWTPayload | TokenReason>;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** The client id is written to the log and the audit trail: one word of limited length that needs no quoting. */
const CLIENT_ID = /^[\w.:/@~+=-]{1,128}$/;

/** Consumers with one of our two kinds of credential: an API key, or a JWT from the organisation's identity provider. */
export class CredentialConsumers extends Consumers {
  /** @param tokens without it, no JWT is accepted */
  constructor(
    private readonly keys: ApiKeys,
    private readonly tokens?: TokenVerifier,
  ) {
    super();
  }

  override async of(_request: HttpRequest, token: string | undefined): Promise<Consumer | ConsumerReason> {
    if (token === undefined) return 'no-credential';
    const key = this.keys.find(token);
    if (typeof key === 'object') return { actor: `key:${key.id}`, scopes: key.scopes };
    if (!this.tokens || !JWT.test(token)) return key;
    const claims = await this.tokens.verify(token);
    return typeof claims === 'string' ? claims : consumerOf(claims);
  }
}

/** Consumers that the host's own guards have admitted. They have every scope. */
export class HostConsumers extends Consumers {
  /** @param actorOf names the caller in the log and the audit trail; must not name a login user */
  constructor(private readonly actorOf: (request: HostRequest) => string = () => 'host') {
    super();
  }

  override async of(request: HttpRequest): Promise<Consumer> {
    return { actor: this.actorOf(request), scopes: SCOPES };
  }
}

/**
 * RFC 9068: `client_id` is required and names the consumer, `scope` is a space-separated list. `sub` is never used
 * instead, because it may identify a person.
 */
function consumerOf({ client_id: id, scope }: JWTPayload): Consumer | ConsumerReason {
  if (typeof id !== 'string' || !CLIENT_ID.test(id)) return 'no-client-id';
  return { actor: `client:${id}`, scopes: typeof scope === 'string' ? scope.split(' ') : [] };
}
