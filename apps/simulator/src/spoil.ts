import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';

import type { FaultKind } from './fault-kinds.js';
import type { Fault } from './faults.js';
import { htmlReply, jsonReply, send, writeHead, type Reply } from './reply.js';
import { newSid } from './sid.js';

/** The kinds that need a true answer to spoil. */
export type SpoilingKind = Extract<
  FaultKind,
  | 'delay'
  | 'drip'
  | 'html-success'
  | 'truncated-body'
  | 'endless-body'
  | 'huge-body'
  | 'missing-dates'
  | 'missing-date-header'
  | 'unknown-status'
  | 'other-sid'
  | 'other-identity'
  | 'gzip'
>;

const HUGE_BYTES = 16 * 1024 * 1024;

/** Sends a true answer, spoilt. */
export function spoil(
  kind: SpoilingKind,
  fault: Fault,
  response: ServerResponse,
  truth: Reply,
  onReply: (reply: Reply) => void,
): void {
  const answer = (reply: Reply): void => {
    onReply(reply);
    send(response, reply);
  };
  switch (kind) {
    case 'delay':
      return answer(truth);
    case 'html-success':
      return answer(htmlReply(fault.status ?? truth.status, truth.headers));
    case 'missing-date-header': {
      const { Date: _, ...headers } = truth.headers;
      return answer({ ...truth, headers });
    }
    case 'gzip':
      return answer({
        ...truth,
        headers: { ...truth.headers, 'Content-Encoding': 'gzip' },
        body: gzipSync(truth.body),
      });
    case 'missing-dates':
      return answer(
        changed(truth, (json) => Object.fromEntries(Object.entries(json).filter(([key]) => !/date/.test(key)))),
      );
    case 'unknown-status':
      return answer(changed(truth, (json) => ({ ...json, status: 'paused' })));
    case 'other-sid':
      return answer(
        changed(truth, (json) => ({ ...json, ['challenge_sid' in json ? 'challenge_sid' : 'sid']: newSid('YC') })),
      );
    case 'other-identity':
      return answer(changed(truth, (json) => ({ ...json, identity: 'somebody-else' })));
    case 'huge-body':
      return answer(changed(truth, (json) => ({ ...json, padding: 'x'.repeat(HUGE_BYTES) })));
    case 'truncated-body':
      onReply(truth);
      writeHead(response, truth);
      response.write(truth.body.subarray(0, Math.floor(truth.body.length / 2)), () => response.destroy());
      return;
    case 'drip':
      onReply(truth);
      return drip(response, truth, fault.delayMs ?? 20);
    case 'endless-body':
      onReply(truth);
      return pour(response, truth, fault.delayMs ?? 10);
    default:
      return kind satisfies never;
  }
}

/** A success with another JSON body; anything else as it is. */
function changed(truth: Reply, change: (json: Record<string, unknown>) => unknown): Reply {
  if (truth.status >= 300 || truth.body.length === 0) return truth;
  const json = JSON.parse(truth.body.toString('utf8')) as Record<string, unknown>;
  return jsonReply(truth.status, change(json), truth.headers);
}

function drip(response: ServerResponse, reply: Reply, everyMs: number): void {
  writeHead(response, reply);
  response.flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    response.write(reply.body.subarray(sent, sent + 1));
    sent += 1;
    if (sent < reply.body.length) return;
    clearInterval(timer);
    response.end();
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse, reply: Reply, everyMs: number): void {
  const piece = Buffer.alloc(64 * 1024, 'x');
  writeHead(response, reply, false);
  response.write('{"padding":"');
  const timer = setInterval(() => {
    // A reader that stopped reading gets nothing more, so that the simulator's own memory stays bounded.
    if (!response.writableNeedDrain) response.write(piece);
  }, everyMs);
  response.once('close', () => clearInterval(timer));
}
