import { hash } from 'node:crypto';
import type { ReadRecord, Session, SessionDirectory } from '@resend/ports.js';
import { checkedSession } from '@sessions/checked-session.js';
import type { Log } from '@telemetry/log.js';
import type { SessionOf } from '../options.js';
import type { HttpRequest } from '../requests/request-context.js';

/** A session that a request claims; not yet looked up. */
export interface ClaimedSession {
  /** Key of the session's counters; a hash, so that it does not reveal the credential. */
  readonly counter: string;
  /** @returns undefined for a credential that is unknown, expired or malformed */
  find(read?: ReadRecord): Promise<Session | undefined>;
}

/** Finds the session of a request on the public routes. */
export abstract class SessionSource {
  /** Whether browsers send the credential automatically, even for requests from other sites, as they do with cookies. */
  abstract readonly isAmbient: boolean;
  /**
   * Whether a lookup is only a question to a store of ours: it may be asked together with the counters of raw taps. Any
   * other lookup waits for their verdict, so that a flood does not reach an identity provider.
   */
  abstract readonly isStored: boolean;
  /** Scheme for `WWW-Authenticate`; undefined where no HTTP scheme applies. */
  abstract readonly scheme: 'Bearer' | undefined;
  /** @returns undefined for a request without a credential */
  abstract claimedBy(request: HttpRequest): Promise<ClaimedSession | undefined>;
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

  override async claimedBy(request: HttpRequest): Promise<ClaimedSession | undefined> {
    const credential = this.credential.of(request);
    if (credential === undefined) return undefined;
    return { counter: digest(credential), find: (read) => this.directory.find(credential, read) };
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

  override async claimedBy(request: HttpRequest): Promise<ClaimedSession | undefined> {
    const given = await this.sessionOf(request);
    if (!given) return undefined;
    const session = checkedSession(given.identity, given.challengeSid);
    return { counter: digest(session?.identity ?? ''), find: async () => session ?? this.unusable() };
  }

  private unusable(): undefined {
    this.log.error(
      { event: 'session.unusable' },
      "session() returned an identity or a challengeSid that is not Twilio's: an identity has 8 to 64 letters and digits in groups joined by single dashes",
    );
  }
}

/** Reads the credential from a request. */
export interface Credential {
  readonly isAmbient: boolean;
  /** @returns undefined for a missing or malformed credential */
  of(request: HttpRequest): string | undefined;
}

/** `Authorization: Bearer …` */
export const BEARER: Credential = { isAmbient: false, of: bearerToken };

/** RFC 6750, 2.1: the scheme is case-insensitive, the token has no spaces. A JWT can be several KiB long. */
export function bearerToken({ headers }: Pick<HttpRequest, 'headers'>): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/-]{1,8192}=*)$/i.exec(String(headers['authorization'] ?? ''))?.[1];
}

/** The longest cookie that browsers store. */
const MAX_COOKIE_LENGTH = 4096;

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
  if (bare === '' || bare.length > MAX_COOKIE_LENGTH) return undefined;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}
