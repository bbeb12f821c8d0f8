import type { Created, Fetched } from '@resend/ports.js';
import type { ProviderCode } from '@resend/refusal-codes.js';
import type { BadEnding } from './ending.js';

/** What a fetch that did not bring the Challenge answers. It changed nothing at Twilio, so this only says what to do. */
export function fetchedOf(ending: BadEnding): Fetched {
  switch (ending.kind) {
    case 'refused': {
      const { code, fact } = ending.failure;
      if (fact !== undefined) return { kind: 'learnt', fact };
      if (code === 'provider-throttled') return failed(code, ending.waitMs);
      return failed(isProviderCode(code) ? code : 'provider-error');
    }
    case 'no-code':
      if (ending.status === 401 || ending.status === 403) return failed('provider-rejected');
      return ending.status === 429 ? failed('provider-throttled', ending.waitMs) : failed('provider-error');
    case 'unreadable':
      return failed('provider-error');
    case 'server-error':
    case 'timeout':
    case 'connection-lost':
    case 'not-connected':
    case 'too-late':
      return failed('provider-unavailable');
    case 'breaker-open':
      return failed('provider-unavailable', ending.waitMs);
    default:
      return ending satisfies never;
  }
}

/** What a create that was not plainly accepted answers. `notSent` only on proof: no byte left, or Twilio's own code. */
export function createdOf(ending: BadEnding): Created {
  switch (ending.kind) {
    case 'refused': {
      const { code, fact } = ending.failure;
      return {
        outcome: 'notSent',
        code,
        ...(fact !== undefined && { fact }),
        ...(code === 'provider-throttled' && { waitMs: ending.waitMs }),
      };
    }
    case 'not-connected':
    case 'too-late':
      return { outcome: 'notSent', code: 'provider-unavailable' };
    case 'breaker-open': {
      const { waitMs } = ending;
      return { outcome: 'notSent', code: 'provider-unavailable', ...(waitMs !== undefined && { waitMs }) };
    }
    case 'no-code':
    case 'server-error':
    case 'unreadable':
    case 'timeout':
    case 'connection-lost':
      return { outcome: 'unknown' };
    default:
      return ending satisfies never;
  }
}

/**
 * Whether an ending says that Twilio is down, for the breaker. Whoever refuses is not; and a call that was too late, or
 * not made, says nothing of Twilio.
 */
export function isDown(ending: BadEnding): boolean {
  switch (ending.kind) {
    case 'timeout':
    case 'not-connected':
    case 'connection-lost':
    case 'server-error':
      return true;
    case 'unreadable':
      // Who asks for a Challenge by another spelling gets an answer about another: that must not shut out everybody.
      return ending.word !== 'other-challenge' && ending.word !== 'other-identity';
    case 'refused':
    case 'no-code':
    case 'too-late':
    case 'breaker-open':
      return false;
    default:
      return ending satisfies never;
  }
}

function failed(code: ProviderCode, waitMs?: number): Fetched {
  return { kind: 'failed', code, ...(waitMs !== undefined && { waitMs }) };
}

function isProviderCode(code: string): code is ProviderCode {
  return code.startsWith('provider-');
}
