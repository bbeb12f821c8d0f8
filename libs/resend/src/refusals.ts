import type { Standing } from './ports.js';
import type { RefusalCode } from './refusal-codes.js';

/** What a refusal can tell beyond its code. */
export interface RefusalDetails {
  /** Milliseconds until the same tap may succeed; absent where time does not help or nobody knows. */
  readonly waitMs?: number;
  /** Where the user stands, where a ledger could be asked. */
  readonly standing?: Standing;
  /** True when this very answer was given before, to the same Idempotency-Key. */
  readonly replayed?: boolean;
  /** What was wrong below, where nobody has told the log yet. For its eyes only: it never leaves the service. */
  readonly cause?: unknown;
}

/** An expected "no". Anything else that is thrown is a bug and answers 500. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    readonly details: RefusalDetails = {},
  ) {
    super(code, { cause: details.cause });
    this.name = 'Refusal';
  }
}
