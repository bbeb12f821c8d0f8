/** The page or app around the screen. */
export interface Page {
  isVisible(): boolean;
  isOnline(): boolean;
  /**
   * Tells when one of these changes, and when the page or app comes back from where no timer ran.
   *
   * @returns a function that ends it
   */
  watch(changed: () => void): () => void;
}

/** Outside of a browser: always visible and online. */
export const browserPage: Page = {
  isVisible: () => !globalThis.document?.hidden,
  isOnline: () => globalThis.navigator?.onLine ?? true,
  watch: (changed) => {
    const stop = new AbortController();
    const { signal } = stop;
    // Every page is shown once, when it is loaded. `persisted`: it comes from the back-forward cache.
    const listener = (event: Event & { readonly persisted?: boolean }) => (event.persisted ?? true) && changed();
    for (const type of ['visibilitychange', 'pageshow', 'online', 'offline']) {
      globalThis.addEventListener?.(type, listener, { signal });
    }
    return () => stop.abort();
  },
};
