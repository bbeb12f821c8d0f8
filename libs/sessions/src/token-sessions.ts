import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Session, SessionDirectory } from '@resend/ports.js';
import { checkedSession } from './checked-session.js';

/** What is stored of a session: the token's hash, never the token. */
export interface SessionRecord extends Session {
  /** SHA-256 of the token's secret half, hexadecimal. */
  readonly secretSha256: string;
}

/** Where records are kept until they expire. Throws `session-unavailable` when it can not tell. */
export interface SessionStore {
  put(id: string, record: SessionRecord, ttlSeconds: number): Promise<void>;
  get(id: string): Promise<SessionRecord | undefined>;
  delete(id: string): Promise<void>;
}

const TOKEN = /^prs_([0-9a-f]{32})_([A-Za-z0-9_-]{43})$/;

/** Sessions with an opaque bearer token, registered by the login backend: `prs_<id>_<secret>`, 128 and 256 bits. */
export class TokenSessions extends SessionDirectory {
  constructor(private readonly store: SessionStore) {
    super();
  }

  /** @returns the token, which is told this once and stored nowhere */
  async register(session: Session, expiresInSeconds: number): Promise<{ id: string; token: string }> {
    const id = randomBytes(16).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    await this.store.put(id, { ...session, secretSha256: sha256(secret).toString('hex') }, expiresInSeconds);
    return { id, token: `prs_${id}_${secret}` };
  }

  /** @returns undefined for one that is over */
  async registered(id: string): Promise<Session | undefined> {
    const record = await this.store.get(id);
    return record && checkedSession(record.identity, record.challengeSid);
  }

  /** Ends it; one that is over already stays so. */
  async revoke(id: string): Promise<void> {
    await this.store.delete(id);
  }

  override async find(credential: string): Promise<Session | undefined> {
    const [, id, secret] = TOKEN.exec(credential) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    const record = await this.store.get(id);
    if (!record || !isHashOf(secret, record.secretSha256)) return undefined;
    return checkedSession(record.identity, record.challengeSid);
  }
}

/** Of a record that somebody else has written, the hash can be anything. */
function isHashOf(secret: string, stored: unknown): boolean {
  const expected = Buffer.from(typeof stored === 'string' ? stored : '', 'hex');
  const actual = sha256(secret);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
