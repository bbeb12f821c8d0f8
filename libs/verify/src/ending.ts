import type { Answer, Exchange } from './exchange.js';
import type { Carried } from './twilio-http-client.js';
import { retryAfterMs } from './twilio-dates.js';
import { failureOf, refusalIn, type TwilioFailure } from './twilio-failures.js';

/** How an exchange with Twilio ended, whatever was asked. */
export type Ending<T> = GoodEnding<T> | BadEnding;

/** 2xx that the SDK could read; whether it says what it should is for whoever asked to find out. */
export interface GoodEnding<T> {
  readonly kind: 'answered';
  readonly value: T;
  readonly answer: Answer;
  /** Since the request was sent, until now. */
  readonly elapsedMs: number;
}

export type BadEnding =
  /** 4xx with Twilio's code. */
  | { readonly kind: 'refused'; readonly twilioCode: number; readonly failure: TwilioFailure; readonly waitMs: number }
  /** 4xx without one: not Twilio's own words. */
  | { readonly kind: 'no-code'; readonly status: number; readonly waitMs: number }
  /** 5xx. */
  | { readonly kind: 'server-error'; readonly status: number }
  /** 2xx that does not say what it should, 3xx, an answer that broke off or was too long. */
  | { readonly kind: 'unreadable'; readonly word: string }
  /** Sent, and no whole answer by the deadline. */
  | { readonly kind: 'timeout' }
  /** Sent, and the connection ended before the first byte of an answer. */
  | { readonly kind: 'connection-lost'; readonly word: string; readonly onUsedSocket: boolean }
  /** Proven not sent: refused, DNS, TLS, no socket in time. */
  | { readonly kind: 'not-connected'; readonly word: string }
  /** Proven not sent: `sendBefore` was over first. */
  | { readonly kind: 'too-late' }
  /** Proven not sent: the breaker is open. `waitMs` until it tries again; absent while it is trying. */
  | { readonly kind: 'breaker-open'; readonly waitMs?: number };

/** What was asked for, or how the exchange ended without it. */
export type Asked<V> = { readonly value: V } | { readonly ending: BadEnding };

export function endingOf<T>(carried: Carried<T>): Ending<T> {
  const { answer, sentAt } = carried.exchange;
  if (answer === undefined || sentAt === undefined) return unanswered(carried.exchange);

  // The answer's own status decides: the SDK's RFC 9457 error repeats the one in the body.
  const { status, retryAfter, date } = answer;
  if (status >= 500) return { kind: 'server-error', status };
  if (status >= 400) {
    const refusal = 'error' in carried ? refusalIn(carried.error) : undefined;
    const waitMs = retryAfterMs(retryAfter, date);
    return refusal === undefined
      ? { kind: 'no-code', status, waitMs }
      : { kind: 'refused', twilioCode: refusal.code, failure: failureOf(refusal, status), waitMs };
  }
  if (status < 200 || status >= 300) return { kind: 'unreadable', word: `http-${status}` };
  if ('error' in carried) return { kind: 'unreadable', word: 'not-json' };
  return { kind: 'answered', value: carried.value, answer, elapsedMs: performance.now() - sentAt };
}

function unanswered({ fault, sentAt, answerBegun, onUsedSocket }: Exchange): BadEnding {
  const word = fault?.word ?? 'no-code';
  if (sentAt === undefined) return fault?.kind === 'too-late' ? { kind: 'too-late' } : { kind: 'not-connected', word };
  if (fault?.kind === 'deadline') return { kind: 'timeout' };
  return answerBegun ? { kind: 'unreadable', word } : { kind: 'connection-lost', word, onUsedSocket };
}
