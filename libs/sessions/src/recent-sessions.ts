import { hash } from 'node:crypto';
import type { Session } from '@resend/ports.js';
import { setNewest } from '@resend/set-newest.js';

/** A bounded cache of sessions, keyed by a hash of the credential. When it is full, the oldest entry is dropped. */
export class RecentSessions {
  private readonly entries = new Map<string, { readonly session: Session; readonly endsAt: number }>();

  /** @param now the clock, in epoch milliseconds */
  constructor(
    private readonly capacity: number,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get(credential: string): Session | undefined {
    const key = keyOf(credential);
    const found = this.entries.get(key);
    if (found && found.endsAt > this.now()) return found.session;
    this.entries.delete(key);
    return undefined;
  }

  /** @param endsAt epoch milliseconds */
  put(credential: string, session: Session, endsAt: number): void {
    if (endsAt <= this.now()) return;
    setNewest(this.entries, keyOf(credential), { session, endsAt }, this.capacity);
  }
}

function keyOf(credential: string): string {
  return hash('sha256', credential, 'base64url');
}
