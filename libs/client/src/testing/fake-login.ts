import type { ResendOptions } from '../create-resend.js';
import type { KeyValueStorage } from '../host/storage.js';
import { ManualClock, settled } from './manual-clock.js';
import { ManualPage } from './manual-page.js';
import { ScriptedService } from './scripted-service.js';

/** A login to test a screen with: a scripted service, a clock and a page. */
export class FakeLogin extends ScriptedService {
  readonly clock = new ManualClock();
  readonly page = new ManualPage();
  /** What a reload of the page leaves. */
  readonly storage = new MemoryStorage();
  /** For `createResend({ challengeSid, ...options })`. */
  readonly options: Omit<ResendOptions, 'challengeSid'> = {
    events: this.hasEvents,
    fetch: this.fetch,
    clock: this.clock,
    page: this.page,
    storage: this.storage,
    tabs: () => undefined,
    random: () => 0.5,
  };

  /** Lets `ms` milliseconds pass, and every answer arrive. */
  async advance(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    await settled();
  }
}

/** @param options.events whether the service has a stream of events; without, the client polls */
export function fakeLogin({ events = false }: { readonly events?: boolean } = {}): FakeLogin {
  return new FakeLogin(events);
}

class MemoryStorage extends Map<string, string> implements KeyValueStorage {
  getItem(key: string): string | null {
    return this.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.set(key, value);
  }

  removeItem(key: string): void {
    this.delete(key);
  }
}
