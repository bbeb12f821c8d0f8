import { unsign } from 'cookie-signature';
import type { Cluster, Redis } from 'ioredis';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';
import { orSessionUnavailable } from './session-unavailable.js';

/** How the login backend signs its cookies and writes its records. */
export interface ExpressSessionOptions {
  /** Cookie signing secrets, newest first. */
  readonly secrets: readonly string[];
  /** Key prefix of the records, such as `sess:`. */
  readonly prefix: string;
  /** Path of the identity in a record: names of nested properties. */
  readonly identityPath: readonly string[];
  /** Path of the bound Challenge's SID, if sessions are bound to one. */
  readonly challengePath?: readonly string[];
}

/** `express-session` does not limit the length of an id; browsers limit a cookie to this. */
const MAX_COOKIE_LENGTH = 4096;

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
  override async find(credential: string): Promise<Session | undefined> {
    const id = this.idOf(credential);
    const record = id === undefined ? undefined : await this.recordOf(id);
    if (record === undefined) return undefined;
    const { identityPath, challengePath } = this.options;
    return checkedSession(
      at(record, identityPath),
      challengePath === undefined ? undefined : at(record, challengePath),
    );
  }

  private idOf(cookie: string): string | undefined {
    if (!cookie.startsWith('s:') || cookie.length > MAX_COOKIE_LENGTH) return undefined;
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
  private async recordOf(id: string): Promise<unknown> {
    const key = `${this.options.prefix}${id}`;
    const [stored, leftMs] = await orSessionUnavailable(() => Promise.all([this.redis.get(key), this.redis.pttl(key)]));
    const record = stored === null ? undefined : parsed(stored);
    return leftMs >= 0 || (leftMs === -1 && !isPast(at(record, ['cookie', 'expires']))) ? record : undefined;
  }
}

/** @returns undefined for invalid JSON. The parser's error is dropped, since its message may quote the record. */
function parsed(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return undefined;
  }
}

/** Reads own properties only, never inherited ones such as `toString`. */
function at(record: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isObject ? (value as Record<string, unknown>)[name] : undefined;
  }, record);
}

/** Undefined and null mean a cookie without an end. A value that is not a date counts as past. */
function isPast(expires: unknown): boolean {
  if (expires === undefined || expires === null) return false;
  return typeof expires !== 'string' || !(Date.parse(expires) > Date.now());
}
