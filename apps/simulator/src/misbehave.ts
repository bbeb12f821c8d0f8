import type { ServerResponse } from 'node:http';

import type { Fault } from './faults.js';
import { htmlReply, jsonReply, send, type Reply } from './reply.js';
import { spoil } from './spoil.js';
import { resetConnection } from './tcp-reset.js';
import { errorBody, known, problemBody } from './twilio-error.js';

/** What a fault has to work with. */
export interface Misbehaviour {
  readonly fault: Fault;
  readonly response: ServerResponse;
  /** What Twilio would have answered; undefined when nothing was processed. */
  readonly truth: Reply | undefined;
  /** Twilio's headers, for answers that are not the truth. */
  readonly headers: Reply['headers'];
  /** Simulated time, ms. */
  readonly now: number;
  /** Called with what is about to be sent, if anything is. */
  readonly onReply: (reply: Reply) => void;
}

/** Answers badly: now, or after the fault's delay. Its timers end with the connection. */
export function misbehave(work: Misbehaviour): void {
  const { fault, response } = work;
  const betweenPieces = fault.kind === 'drip' || fault.kind === 'endless-body';
  const delayMs = betweenPieces ? 0 : (fault.delayMs ?? (fault.kind === 'delay' ? 1000 : 0));
  if (delayMs === 0) return perform(work);
  const timer = setTimeout(() => perform(work), delayMs);
  response.once('close', () => clearTimeout(timer));
}

function perform(work: Misbehaviour): void {
  const { fault, response, headers, truth } = work;
  const { kind } = fault;
  const answer = (reply: Reply): void => {
    work.onReply(reply);
    send(response, reply);
  };
  switch (kind) {
    case 'never-answer':
      return;
    case 'accept-then-reset':
    case 'reset-before':
      if (response.socket) resetConnection(response.socket);
      return;
    case 'close-reused-socket':
      response.socket?.destroy();
      return;
    case 'error-json':
      return answer(errorReply(fault.status, fault.code ?? 20500, headers));
    case 'error-html':
      return answer(htmlReply(fault.status ?? 502, headers));
    case 'error-empty':
      return answer({ status: fault.status ?? 503, headers, body: Buffer.alloc(0) });
    case 'error-null':
      return answer(jsonReply(fault.status ?? 500, null, headers));
    case 'redirect-json':
      return answer(jsonReply(fault.status ?? 302, { redirect: true }, { ...headers, Location: '/elsewhere' }));
    case 'redirect-html':
      return answer(htmlReply(fault.status ?? 302, { ...headers, Location: '/elsewhere' }));
    case 'throttled':
      return answer(errorReply(429, 20429, headers));
    case 'throttled-retry-after':
      return answer(errorReply(429, 20429, { ...headers, 'Retry-After': String(fault.retryAfterSeconds) }));
    case 'throttled-retry-after-date': {
      const date = new Date(work.now + fault.retryAfterSeconds * 1000).toUTCString();
      return answer(errorReply(429, 20429, { ...headers, 'Retry-After': date }));
    }
    case 'challenge-limit':
      return answer(errorReply(429, 60309, headers));
    case 'unauthorized':
      return answer(errorReply(401, 20003, headers));
    case 'problem-body': {
      const { status, body } = describe(fault.status, fault.code ?? 60300);
      return answer(jsonReply(status, problemBody(body), { ...headers, 'Content-Type': 'application/problem+json' }));
    }
    case 'delay':
    case 'drip':
    case 'html-success':
    case 'truncated-body':
    case 'endless-body':
    case 'huge-body':
    case 'missing-dates':
    case 'missing-date-header':
    case 'unknown-status':
    case 'other-sid':
    case 'other-identity':
    case 'gzip':
      if (truth) spoil(kind, fault, response, truth, work.onReply);
      return;
    default:
      return kind satisfies never;
  }
}

function errorReply(status: number | undefined, code: number, headers: Reply['headers']): Reply {
  const error = describe(status, code);
  return jsonReply(error.status, error.body, headers);
}

function describe(asked: number | undefined, code: number) {
  const documented = known(code);
  const status = asked ?? documented?.status ?? 400;
  return { status, body: errorBody(code, status, documented?.message ?? 'Simulated error') };
}
