import type { Attribution } from '@resend/ports.js';
import { trails } from '@telemetry/request-context.js';

/** Who asked for what the running code does, and why: for the audit trail. */
export function circumstances(): Attribution {
  const { actor = 'unknown', reason, reference, requestId } = trails.getStore() ?? {};
  return {
    actor,
    ...(reason !== undefined && { reason }),
    ...(reference !== undefined && { reference }),
    ...(requestId !== undefined && { requestId }),
  };
}
