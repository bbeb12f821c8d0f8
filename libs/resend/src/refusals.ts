import type { CredentialReason } from './credential-reasons.js';
import { ExpectedNo } from './expected-no.js';
import type { Standing } from './ports.js';
import type { RefusalCode } from './refusal-codes.js';

/** What a refusal may carry besides its code. */
export interface RefusalDetails {
  /** Milliseconds until the same tap may succeed; absent when waiting does not help or the time is unknown. */
  readonly waitMs?: number;
  /** The standing, if the ledger was asked. */
  readonly standing?: Standing;
  /** True when it repeats the answer to an earlier request with the same Idempotency-Key. */
  readonly replayed?: boolean;
  /** Why the caller's credential was refused. For the log and the metrics only. */
  readonly reason?: CredentialReason;
  /** The underlying error, if not yet logged. For the log only: it never leaves the service. */
  readonly cause?: unknown;
}

/** An expected "no". Any other thrown error is a bug and becomes a 500. */
export class Refusal extends ExpectedNo {
  readonly details: RefusalDetails;

  /** @param details may have more, as the results of the ports do: only what a refusal may carry is kept */
  constructor(
    readonly code: RefusalCode,
    details: RefusalDetails = {},
  ) {
    super(code, { cause: details.cause });
    this.name = 'Refusal';
    this.details = onlyDetails(details);
  }
}

function onlyDetails({ waitMs, standing, replayed, reason, cause }: RefusalDetails): RefusalDetails {
  return {
    ...(waitMs !== undefined && { waitMs }),
    ...(standing && { standing }),
    ...(replayed !== undefined && { replayed }),
    ...(reason !== undefined && { reason }),
    ...(cause !== undefined && { cause }),
  };
}
