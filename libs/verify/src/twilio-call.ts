import type { BadEnding } from './ending.js';
import { twilioFailures } from './twilio-failures.js';

/** One exchange with Twilio, for metrics and the log. A fetch that was repeated is two; `breaker-open` is none. */
export interface TwilioCall {
  readonly operation: 'fetchChallenge' | 'createNotification';
  /** One of `TWILIO_CALL_CODES`: fit for a metric's label. */
  readonly code: string;
  /** From the call to its last byte, waiting for a socket included. */
  readonly durationMs: number;
  /** More for the log: an error's own code, a status, what was wrong with an answer. No text of Twilio's, no SID. */
  readonly detail?: string;
}

/**
 * Every `code` a call can have: `ok`; a Twilio code that has a row of its own; `other-code` for the rest of them; and
 * the endings in which Twilio said nothing of its own.
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
  'too-late',
  'breaker-open',
];

/** The `code` of an exchange that did not go well and, where there is more to say, its `detail`. */
export function labelOf(ending: BadEnding): Pick<TwilioCall, 'code' | 'detail'> {
  switch (ending.kind) {
    case 'refused':
      return twilioFailures.has(ending.twilioCode)
        ? { code: String(ending.twilioCode) }
        : { code: 'other-code', detail: `twilio-${ending.twilioCode}` };
    case 'no-code':
    case 'server-error':
      return { code: ending.kind, detail: `http-${ending.status}` };
    case 'unreadable':
    case 'connection-lost':
    case 'not-connected':
      return { code: ending.kind, detail: ending.word };
    case 'timeout':
    case 'too-late':
    case 'breaker-open':
      return { code: ending.kind };
    default:
      return ending satisfies never;
  }
}
