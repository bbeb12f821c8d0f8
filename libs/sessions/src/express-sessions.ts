import { unsign } from 'cookie-signature';
import type { Cluster, Redis } from 'ioredis';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { checkedSession } from './checked-session.js';

/** How the login backend signs its cookies and writes its records. */
export interface ExpressSessionOptions {
  /** Of the cookie, newest first. */
  readonly secrets: readonly string[];
  /** In front of a session's id, in the key of its record. */
  readonly prefix: string;
  /** Where a record has the identity: names of properties, joined by dots. */
  readonly identityPath: string;
  /** Where it has the Challenge that the session is bound to, if anywhere. */
  readonly challengePath?: string;
}

/** `express-session` takes any id; none is longer than a cookie. */
const MAX_COOKIE_LENGTH = 4096;

/**
 * Sessions of `express-session`, read from where `connect-redis` keeps them. Only read: a look here never prolongs one.
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
   * `connect-redis` keeps a session that is used alive by its key's expiry alone: the record's own `expires` then stays
   * what it was, and counts only where the key has no expiry (`disableTTL`).
   */
  private async recordOf(id: string): Promise<unknown> {
    const key = `${this.options.prefix}${id}`;
    const [stored, leftMs] = await this.ask(() => Promise.all([this.redis.get(key), this.redis.pttl(key)]));
    const record = stored === null ? undefined : parsed(stored);
    return leftMs >= 0 || (leftMs === -1 && !isPast(at(record, 'cookie.expires'))) ? record : undefined;
  }

  private async ask<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    try {
      return await command();
    } catch (cause) {
      throw new Refusal('session-unavailable', { waitMs: 1000, cause });
    }
  }
}

/** A parser's message may quote the record. */
function parsed(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch {
    return undefined;
  }
}

/** Own properties only: nothing that every object inherits is in a record. */
function at(record: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isObject ? (value as Record<string, unknown>)[name] : undefined;
  }, record);
}

/** None, or null: a cookie that lives as long as its browser. What is no date is past. */
function isPast(expires: unknown): boolean {
  if (expires === undefined || expires === null) return false;
  return typeof expires !== 'string' || !(Date.parse(expires) > Date.now());
}
