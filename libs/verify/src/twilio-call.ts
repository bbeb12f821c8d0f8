import { type ExchangeFailure, type ExchangeResult, isRejection } from './exchange-result.js';
import { twilioFailures } from './twilio-failures.js';

/**
 * One exchange with Twilio, for metrics and the log. A repeated fetch is two of them; a call that the open breaker
 * prevented is one, with `breaker-open` and no duration.
 */
export interface TwilioCall {
  readonly operation: 'fetchChallenge' | 'createNotification';
  /** One of `TWILIO_CALL_CODES`, so fit for a metric's label. */
  readonly code: string;
  /** From the call to the last byte of the answer, including the wait for a socket. */
  readonly durationMs: number;
  /** More for the log: an error's code, an HTTP status, what was wrong with an answer. No text of Twilio's, no SID. */
  readonly detail?: string;
  /** Twilio rejected our credentials, their rights or our Verify Service: retrying is useless until they are corrected. */
  readonly isRejected?: true;
}

/**
 * Every `code` a call can have: `ok`; each Twilio code with a row in `twilioFailures`; `other-code` for all other Twilio
 * codes; and the failures in which no Twilio code arrived.
 */
export const TWILIO_CALL_CODES: readonly string[] = [
  'ok',
  ...[...twilioFailures.keys()].map(String),
  'other-code',
  'no-code',
  'server-error',
  'unreadable',
  'timeout',
  'connection-lost',
  'not-connected',
  'token-rejected',
  'too-late',
  'breaker-open',
];

/** How a result appears in metrics and the log. */
export function labelOf(result: ExchangeResult<object>): Pick<TwilioCall, 'code' | 'detail' | 'isRejected'> {
  if ('value' in result) return { code: 'ok' };
  const { failure } = result;
  return { ...codeOf(failure), ...(isRejection(failure) && { isRejected: true }) };
}

function codeOf(failure: ExchangeFailure): Pick<TwilioCall, 'code' | 'detail'> {
  switch (failure.kind) {
    case 'refused':
      return twilioFailures.has(failure.twilioCode)
        ? { code: String(failure.twilioCode) }
        : { code: 'other-code', detail: `twilio-${failure.twilioCode}` };
    case 'no-code':
    case 'server-error':
      return { code: failure.kind, detail: `http-${failure.status}` };
    case 'unreadable':
    case 'connection-lost':
    case 'not-connected':
    case 'token-rejected':
      return { code: failure.kind, detail: failure.reason };
    case 'timeout':
    case 'too-late':
    case 'breaker-open':
      return { code: failure.kind };
    default:
      return failure satisfies never;
  }
}
