import { unsign } from 'cookie-signature';
import type { Cluster, Redis } from 'ioredis';
import type { SessionReason } from '@resend/credential-reasons.js';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';
import { propertyAt } from './property-at.js';
import { orSessionUnavailable } from './session-unavailable.js';

/** How the login backend signs its cookies and writes its records. */
export interface ExpressSessionOptions {
  /** Cookie signing secrets, newest first. */
  readonly secrets: readonly string[];
  /** Key prefix of the records, such as `sess:`. */
  readonly prefix: string;
  /** Path of the identity in a record: names of nested properties. */
  readonly identityPath: readonly string[];
  /** Prefix of every identity in a record that Twilio's identities lack, such as `auth0|`. Others are refused. */
  readonly identityPrefix?: string;
  /** Path of the bound Challenge's SID, if sessions are bound to one. */
  readonly challengePath?: readonly string[];
}

/** `express-session` does not limit the length of an id; browsers limit a cookie to this. */
export const MAX_COOKIE_LENGTH = 4096;

/**
 * Sessions of `express-session` in a `connect-redis` store. Read-only: reading a session never extends it.
 */
export class ExpressSessions extends SessionDirectory {
  constructor(
    private readonly redis: Pick<Redis | Cluster, 'get' | 'pttl'>,
    private readonly options: ExpressSessionOptions,
  ) {
    super();
  }

  /** @param credential the cookie's value, decoded: `s:<id>.<signature>` */
  override async find(credential: string): Promise<Session | SessionReason> {
    if (!credential.startsWith('s:') || credential.length > MAX_COOKIE_LENGTH) return 'malformed';
    const id = this.idOf(credential);
    if (id === undefined) return 'bad-signature';
    const stored = await this.recordOf(id);
    if (typeof stored === 'string') return stored;
    const { identityPath, challengePath, identityPrefix } = this.options;
    return checkedSession(
      propertyAt(stored.record, identityPath),
      challengePath === undefined ? undefined : propertyAt(stored.record, challengePath),
      identityPrefix,
    );
  }

  /** The id: with several secrets it has several signatures. It is as secret as the cookie. */
  override countedBy(credential: string): string {
    return credential.slice(0, credential.lastIndexOf('.'));
  }

  private idOf(cookie: string): string | undefined {
    for (const secret of this.options.secrets) {
      const id = unsign(cookie.slice(2), secret);
      if (id !== false) return id === '' ? undefined : id;
    }
    return undefined;
  }

  /**
   * `connect-redis` extends a session by its key's expiry alone and leaves the record's own `expires` unchanged, so that
   * one counts only when the key has no expiry (`disableTTL`).
   */
  private async recordOf(id: string): Promise<Stored | SessionReason> {
    const key = `${this.options.prefix}${id}`;
    const [text, leftMs] = await orSessionUnavailable(() => Promise.all([this.redis.get(key), this.redis.pttl(key)]));
    if (text === null || leftMs < -1) return 'no-record';
    const stored = parsed(text);
    if (!stored) return 'unreadable-record';
    return leftMs === -1 && isPast(propertyAt(stored.record, ['cookie', 'expires'])) ? 'expired' : stored;
  }
}

/** Apart from a reason, since a record may be any JSON. */
interface Stored {
  readonly record: unknown;
}

/** @returns undefined for invalid JSON. The parser's error is dropped, since its message may quote the record. */
function parsed(text: string): Stored | undefined {
  try {
    return { record: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** Undefined and null mean a cookie without an end. A value that is not a date counts as past. */
function isPast(expires: unknown): boolean {
  if (expires === undefined || expires === null) return false;
  return typeof expires !== 'string' || !(Date.parse(expires) > Date.now());
}
