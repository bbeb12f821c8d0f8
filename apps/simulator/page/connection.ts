import type { FetchInit, Page } from '@push-resend/client';

/**
 * The login screen's own way to the service, with a switch: while it is off, requests fail, also those under way, and the
 * screen finds itself offline.
 */
export class Connection implements Page {
  private readonly watchers = new Set<() => void>();
  private cut = new AbortController();

  constructor() {
    const changed = () => this.tell();
    for (const type of ['visibilitychange', 'online', 'offline']) addEventListener(type, changed);
    addEventListener('pageshow', ({ persisted }) => persisted && changed());
  }

  get isOn(): boolean {
    return !this.cut.signal.aborted;
  }

  set(isOn: boolean): void {
    if (isOn) this.cut = new AbortController();
    else this.cut.abort(new TypeError('The screen is offline.'));
    this.tell();
  }

  readonly fetch = (url: string, init: FetchInit): Promise<Response> =>
    fetch(url, { ...init, signal: AbortSignal.any([this.cut.signal, init.signal]) });

  isVisible(): boolean {
    return !document.hidden;
  }

  isOnline(): boolean {
    return this.isOn && navigator.onLine;
  }

  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  private tell(): void {
    for (const changed of this.watchers) changed();
  }
}
