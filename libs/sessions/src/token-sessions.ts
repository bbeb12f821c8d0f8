import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SessionReason } from '@resend/credential-reasons.js';
import { type ReadRecord, type Session, SessionDirectory } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';

/** A stored session: it holds a hash of the token, never the token. */
export interface SessionRecord extends Session {
  /** Hexadecimal SHA-256 of the token's secret part. */
  readonly secretSha256: string;
}

/** Keeps records until they expire. Throws `session-unavailable` when it cannot answer. */
export interface SessionStore {
  put(id: string, record: SessionRecord, ttlSeconds: number): Promise<void>;
  get(id: string, read?: ReadRecord): Promise<SessionRecord | undefined>;
  delete(id: string): Promise<void>;
}

const TOKEN = /^prs_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/** Sessions registered by the login backend. Their bearer token is `prs_<id>_<secret>`, of 128 and 256 random bits. */
export class TokenSessions extends SessionDirectory {
  constructor(private readonly store: SessionStore) {
    super();
  }

  /** @returns the token, which is not stored and cannot be shown again */
  async register(session: Session, expiresInSeconds: number): Promise<{ id: string; token: string }> {
    const id = randomBytes(16).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    await this.store.put(id, { ...session, secretSha256: sha256(secret).toString('hex') }, expiresInSeconds);
    return { id, token: `prs_${id}_${secret}` };
  }

  /** @returns undefined when the session has ended or never existed */
  async registered(id: string): Promise<Session | undefined> {
    const record = await this.store.get(id);
    const session = record && checkedSession(record.identity, record.challengeSid);
    return typeof session === 'object' ? session : undefined;
  }

  /** Ends the session; does nothing when it has already ended. */
  async revoke(id: string): Promise<void> {
    await this.store.delete(id);
  }

  override async find(credential: string, read?: ReadRecord): Promise<Session | SessionReason> {
    const [, id, secret] = TOKEN.exec(credential) ?? [];
    if (id === undefined || secret === undefined) return 'malformed';
    const record = await this.store.get(id, read);
    if (!record) return 'unknown-token';
    if (!isHashOf(secret, record.secretSha256)) return 'wrong-secret';
    return checkedSession(record.identity, record.challengeSid);
  }
}

/** `stored` is untrusted: it comes from a record that another program may have written. */
function isHashOf(secret: string, stored: unknown): boolean {
  const expected = Buffer.from(typeof stored === 'string' ? stored : '', 'hex');
  const actual = sha256(secret);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function sha256(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
