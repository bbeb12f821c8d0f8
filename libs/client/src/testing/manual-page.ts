import type { Page } from '../host/page.js';

/** A page that a test hides, takes offline, and restores. */
export class ManualPage implements Page {
  private visible = true;
  private online = true;
  private readonly watchers = new Set<() => void>();

  isVisible = () => this.visible;
  isOnline = () => this.online;
  watch: Page['watch'] = (changed) => {
    this.watchers.add(changed);
    return () => void this.watchers.delete(changed);
  };

  hide(): void {
    this.visible = false;
    this.restore();
  }

  show(): void {
    this.visible = true;
    this.restore();
  }

  goOffline(): void {
    this.online = false;
    this.restore();
  }

  goOnline(): void {
    this.online = true;
    this.restore();
  }

  /** As from the back-forward cache. */
  restore(): void {
    for (const changed of this.watchers) changed();
  }
}
