import { hash } from 'node:crypto';
import type { SessionReason } from '@resend/credential-reasons.js';
import type { ReadRecord, Session, SessionDirectory } from '@resend/ports.js';
import { MAX_TOKEN_LENGTH } from '@sessions/access-token.js';
import { checkedSession } from '@sessions/checked-session.js';
import { MAX_COOKIE_LENGTH } from '@sessions/express-sessions.js';
import type { Log } from '@telemetry/log.js';
import type { SessionOf } from '../options.js';
import type { HttpRequest } from '../requests/request-context.js';

/** A session that a request claims; not yet looked up. */
export interface ClaimedSession {
  /** Key of the session's counters; a hash, so that it does not reveal the credential. */
  readonly counter: string;
  /** @returns the session, or why the credential is refused */
  find(read?: ReadRecord): Promise<Session | SessionReason>;
}

/** Finds the session of a request on the public routes. */
export abstract class SessionSource {
  /** Whether browsers send the credential automatically, even for requests from other sites, as they do with cookies. */
  abstract readonly isAmbient: boolean;
  /**
   * Whether a lookup only reads our own store: then it may run together with the counters of raw taps. Any other lookup
   * waits for these, so that a flood does not reach an identity provider.
   */
  abstract readonly isStored: boolean;
  /** Scheme for `WWW-Authenticate`; undefined where no HTTP scheme applies. */
  abstract readonly scheme: 'Bearer' | undefined;
  /** @returns why there is nothing to look up, for a request without a credential that could be one */
  abstract claimedBy(request: HttpRequest): Promise<ClaimedSession | SessionReason>;
}

/** Looks up the request's credential in one of our session directories. */
export class DirectorySessions extends SessionSource {
  override readonly isAmbient: boolean;
  override readonly scheme: 'Bearer' | undefined;

  constructor(
    private readonly directory: SessionDirectory,
    private readonly credential: Credential,
    override readonly isStored: boolean,
  ) {
    super();
    this.isAmbient = credential.isAmbient;
    this.scheme = credential.isAmbient ? undefined : 'Bearer';
  }

  override async claimedBy(request: HttpRequest): Promise<ClaimedSession | SessionReason> {
    const credential = this.credential.of(request);
    if (credential === undefined) return 'no-credential';
    if (credential === '') return 'malformed';
    const counter = digest(this.directory.countedBy(credential));
    return { counter, find: (read) => this.directory.find(credential, read) };
  }
}

/** Asks the host application, whose guards have already run. */
export class HostSessions extends SessionSource {
  override readonly isAmbient = false;
  override readonly isStored = false;
  override readonly scheme = undefined;

  constructor(
    private readonly sessionOf: SessionOf,
    private readonly log: Log,
  ) {
    super();
  }

  override async claimedBy(request: HttpRequest): Promise<ClaimedSession | SessionReason> {
    const given = await this.sessionOf(request);
    if (!given) return 'no-session';
    const session = checkedSession(given.identity, given.challengeSid);
    if (typeof session === 'string') return { counter: digest(''), find: async () => this.unusable(session) };
    return { counter: digest(session.identity), find: async () => session };
  }

  private unusable(reason: SessionReason): SessionReason {
    this.log.error(
      { event: 'session.unusable', reason },
      "session() returned an identity or a challengeSid that is not Twilio's: an identity has 8 to 64 letters and digits in groups joined by single dashes",
    );
    return reason;
  }
}

/** Reads the credential from a request. */
export interface Credential {
  readonly isAmbient: boolean;
  /** @returns undefined for a missing credential, empty for one that can not be read */
  of(request: HttpRequest): string | undefined;
}

/** `Authorization: Bearer …` */
export const BEARER: Credential = { isAmbient: false, of: bearerToken };

// backtracks: never, since its parts share no character
const BEARER_TOKEN = new RegExp(`^bearer +([A-Za-z0-9._~+/-]{1,${MAX_TOKEN_LENGTH}}=*)$`, 'i');

/**
 * RFC 6750, 2.1: the scheme is case-insensitive, the token has no spaces. A JWT with many groups can have 16 KiB.
 * @returns as `Credential.of`; another scheme is no credential
 */
export function bearerToken({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
  const header = String(headers['authorization'] ?? '');
  return BEARER_TOKEN.exec(header)?.[1] ?? (/^bearer /i.test(header) ? '' : undefined);
}

/** A cookie by name, decoded. The first one wins, as in `express-session`: both must see the same user. */
export class CookieCredential implements Credential {
  readonly isAmbient = true;

  constructor(private readonly name: string) {}

  of({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
    for (const pair of String(headers['cookie'] ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at >= 0 && pair.slice(0, at).trim() === this.name) return decoded(pair.slice(at + 1).trim());
    }
    return undefined;
  }
}

function decoded(value: string): string | undefined {
  const bare = /^"(.*)"$/.exec(value)?.[1] ?? value;
  if (bare === '') return undefined;
  if (bare.length > MAX_COOKIE_LENGTH) return '';
  try {
    return decodeURIComponent(bare);
  } catch {
    return '';
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
