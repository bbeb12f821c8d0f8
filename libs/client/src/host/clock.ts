/** A clock that no change of the device's date and time moves. */
export interface Clock {
  /** Milliseconds. Readings are only ever compared with one another. */
  now(): number;
  /** Runs something once, later. @returns a function that cancels it */
  after(ms: number, run: () => void): () => void;
}

/** With its origin added, a reading can be compared with one of the page before a reload, to tell how old a saved press is. */
export const browserClock: Clock = {
  now: () => (performance.timeOrigin || 0) + performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.ceil(ms));
    return () => clearTimeout(timer);
  },
};
