import type { Cluster, Redis } from 'ioredis';
import type { ReadRecord } from '@resend/ports.js';
import { orSessionUnavailable } from './session-unavailable.js';
import type { SessionRecord, SessionStore } from './token-sessions.js';

/** Sessions in this process's memory: the default without Redis. */
export class MemorySessionStore implements SessionStore {
  private readonly records = new Map<string, { record: SessionRecord; endsAt: number }>();

  async put(id: string, record: SessionRecord, ttlSeconds: number): Promise<void> {
    const now = Date.now();
    for (const [other, { endsAt }] of this.records) {
      if (endsAt <= now) this.records.delete(other);
    }
    this.records.set(id, { record, endsAt: now + ttlSeconds * 1000 });
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    const found = this.records.get(id);
    return found && Date.now() < found.endsAt ? found.record : undefined;
  }

  async delete(id: string): Promise<void> {
    this.records.delete(id);
  }
}

/** Sessions in Redis: one key for each, which expires with the session. */
export class RedisSessionStore implements SessionStore {
  constructor(
    private readonly redis: Redis | Cluster,
    private readonly keyPrefix: string,
  ) {}

  async put(id: string, record: SessionRecord, ttlSeconds: number): Promise<void> {
    await orSessionUnavailable(() => this.redis.set(this.key(id), JSON.stringify(record), 'EX', ttlSeconds));
  }

  async get(id: string, read: ReadRecord = (key) => this.redis.get(key)): Promise<SessionRecord | undefined> {
    const stored = await orSessionUnavailable(() => read(this.key(id)));
    return stored === null ? undefined : recordOf(stored);
  }

  async delete(id: string): Promise<void> {
    await orSessionUnavailable(() => this.redis.del(this.key(id)));
  }

  private key(id: string): string {
    return `${this.keyPrefix}session:${id}`;
  }
}

/** @returns undefined for invalid JSON and for null. The parser's error is dropped, since its message may quote the record. */
function recordOf(stored: string): SessionRecord | undefined {
  try {
    return (JSON.parse(stored) as SessionRecord | null) ?? undefined;
  } catch {
    return undefined;
  }
}
