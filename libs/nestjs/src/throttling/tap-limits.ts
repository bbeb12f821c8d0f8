import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import { contextOf, type HttpRequest } from '../requests/request-context.js';
import { addressOf } from './client-address.js';

/** Raw taps per minute, counted before any other work. Ten times as many looks are allowed. */
export interface TapLimits {
  readonly sessionPerMinute: number;
  /** Per client address; for IPv6, per /64. */
  readonly addressPerMinute: number;
}

/** A screen polls every two seconds while a person taps rarely, so looks get ten times the limit of taps. */
const LOOKS_PER_TAP = 10;

/** The limits in the format of `@nestjs/throttler`. */
export function tapLimits({ sessionPerMinute, addressPerMinute }: TapLimits): ThrottlerModuleOptions {
  return {
    setHeaders: false,
    throttlers: [
      // First, because an address over its limit must not create counters for invented credentials.
      {
        name: 'address',
        limit: perMinute(addressPerMinute),
        ttl: 60_000,
        getTracker: (request) => addressOf(request as HttpRequest),
      },
      {
        name: 'session',
        limit: perMinute(sessionPerMinute),
        ttl: 60_000,
        getTracker: (request) => contextOf(request as HttpRequest).sessionCounter ?? '',
        // A request without a credential is counted by its address only.
        skipIf: (execution) => contextOf(requestOf(execution)).sessionCounter === undefined,
      },
    ],
  };
}

/** `taps:session:…`, `looks:address:…` */
export function counterKey(request: HttpRequest, throttler: string, tracker: string): string {
  return `${isLook(request) ? 'looks' : 'taps'}:${throttler}:${tracker}`;
}

function perMinute(taps: number): (execution: ExecutionContext) => number {
  return (execution) => (isLook(requestOf(execution)) ? taps * LOOKS_PER_TAP : taps);
}

function isLook({ method }: HttpRequest): boolean {
  return method !== 'POST';
}

function requestOf(execution: ExecutionContext): HttpRequest {
  return execution.switchToHttp().getRequest<HttpRequest>();
}
