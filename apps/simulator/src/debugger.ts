/** Errors that come after the answer was sent, so that Twilio can report them only in its debugger. */
const titles = {
  52004: 'Push credential missing',
  52005: 'Push credential or token rejected',
  60330: 'Failed to invoke the webhook',
} as const;

export type DebuggerCode = keyof typeof titles;

/** One entry; the wording is not Twilio's. */
export interface DebuggerEntry {
  /** Simulated time, ISO 8601 with milliseconds. */
  readonly at: string;
  readonly code: DebuggerCode;
  readonly message: string;
  /** The SID of the Challenge whose push it was, or the URL of the webhook. */
  readonly about: string;
}

const KEPT = 10_000;

/** Failures after the answer: of pushes on their way to APNs or FCM, and of webhooks. The newest 10,000. */
export class Debugger {
  private entries: DebuggerEntry[] = [];

  /** @param at simulated time, ms */
  report(code: DebuggerCode, at: number, about: string): void {
    this.entries.push({ at: new Date(at).toISOString(), code, message: titles[code], about });
    if (this.entries.length >= 2 * KEPT) this.entries = this.entries.slice(-KEPT);
  }

  /** Oldest first. */
  list(): readonly DebuggerEntry[] {
    return this.entries.slice(-KEPT);
  }

  clear(): void {
    this.entries = [];
  }
}
