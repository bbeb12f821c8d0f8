import type { Cluster, Redis } from 'ioredis';
import { Refusal } from '@resend/refusals.js';
import type { SessionRecord, SessionStore } from './token-sessions.js';

/** Sessions in this process's memory: the embedded default. */
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

/** Sessions in Redis, one key each, which expires with the session. */
export class RedisSessionStore implements SessionStore {
  constructor(
    private readonly redis: Redis | Cluster,
    private readonly keyPrefix: string,
  ) {}

  async put(id: string, record: SessionRecord, ttlSeconds: number): Promise<void> {
    await this.ask(() => this.redis.set(this.key(id), JSON.stringify(record), 'EX', ttlSeconds));
  }

  async get(id: string): Promise<SessionRecord | undefined> {
    const stored = await this.ask(() => this.redis.get(this.key(id)));
    return stored === null ? undefined : recordOf(stored);
  }

  async delete(id: string): Promise<void> {
    await this.ask(() => this.redis.del(this.key(id)));
  }

  private key(id: string): string {
    return `${this.keyPrefix}session:${id}`;
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
function recordOf(stored: string): SessionRecord | undefined {
  try {
    return JSON.parse(stored) as SessionRecord;
  } catch {
    return undefined;
  }
}
