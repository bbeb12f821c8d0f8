/**
 * Notifies all instances that a user's state has changed, so that open screens can be updated. Best effort: a notice
 * only means "look again", may be needless, and may be lost.
 */
export abstract class Notices {
  /** @param user the user's keyed hash; never the identity */
  abstract publish(user: string): void;

  /**
   * Calls `onNotice` after every notice of this user, and whenever some may have been missed: each time the
   * subscription starts. @returns stops it
   */
  abstract listen(user: string, onNotice: () => void): () => void;

  /** Ends all listening. */
  abstract close(): void;
}

/** The listeners of each user or channel. */
export class Listeners {
  private readonly byKey = new Map<string, Set<() => void>>();

  /** @returns whether it is the first of its key */
  add(key: string, onNotice: () => void): boolean {
    const known = this.byKey.get(key);
    if (known) known.add(onNotice);
    else this.byKey.set(key, new Set([onNotice]));
    return known === undefined;
  }

  /** @returns whether it was the last of its key */
  remove(key: string, onNotice: () => void): boolean {
    const known = this.byKey.get(key);
    known?.delete(onNotice);
    return known?.size === 0 && this.byKey.delete(key);
  }

  has(key: string): boolean {
    return this.byKey.has(key);
  }

  keys(): string[] {
    return [...this.byKey.keys()];
  }

  call(key: string): void {
    for (const onNotice of this.byKey.get(key) ?? []) onNotice();
  }

  clear(): void {
    this.byKey.clear();
  }
}

/** Notices within one process. */
export class MemoryNotices extends Notices {
  private readonly listeners = new Listeners();

  override publish(user: string): void {
    // The caller continues first, as with a notice over the network.
    setImmediate(() => this.listeners.call(user));
  }

  override listen(user: string, onNotice: () => void): () => void {
    this.listeners.add(user, onNotice);
    return () => void this.listeners.remove(user, onNotice);
  }

  override close(): void {
    this.listeners.clear();
  }
}
