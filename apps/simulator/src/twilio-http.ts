import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

import { faultKinds } from './fault-kinds.js';
import type { Fault, Faults } from './faults.js';
import type { Journal, JournalEntry } from './journal.js';
import { misbehave } from './misbehave.js';
import { send, type Reply } from './reply.js';
import { Sockets } from './sockets.js';
import { twilioHeaders } from './twilio-headers.js';
import { readTarget } from './twilio-path.js';
import { consumePush, processRequest, type Received } from './twilio-process.js';
import type { Twilio } from './twilio.js';

const KEPT_BODY = 8 * 1024;

/** Twilio's side of the wire: every request is journaled, then answered or made to fail. */
export class TwilioHttp {
  private inFlight = 0;
  private readonly sockets = new Sockets();

  constructor(
    private readonly twilio: Twilio,
    private readonly faults: Faults,
    private readonly journal: Journal,
  ) {}

  /**
   * Answers one request, or leaves it to its fault.
   *
   * @param rawPath path and query as they were on the wire
   * @param body as received
   */
  handle(request: IncomingMessage, response: ServerResponse, rawPath: string, body: string): void {
    this.inFlight += 1;
    response.once('close', () => (this.inFlight -= 1));

    const method = request.method ?? '';
    const target = readTarget(method, rawPath);
    const connection = this.sockets.seen(request.socket);
    const fault = this.faults.draw(target.operation, connection.requests > 1);
    const entry = this.journal.add({
      ...this.blankEntry(method, rawPath, connection.number),
      operation: target.operation ?? null,
      userAgent: request.headers['user-agent'] ?? null,
      body: body.slice(0, KEPT_BODY),
      fault: fault?.kind ?? null,
    });
    const onReply = (reply: Reply): void => {
      entry.status = reply.status;
      if (reply.code !== undefined) entry.code = reply.code;
    };

    const now = this.twilio.clock.now();
    const headers = twilioHeaders(now, this.inFlight);
    const received: Received = {
      target,
      authorization: request.headers.authorization,
      contentType: request.headers['content-type'],
      body,
      path: rawPath.split('?')[0] ?? '',
      baseUrl: `${request.socket instanceof TLSSocket ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`,
      concurrent: this.inFlight,
    };
    if (!fault || fault.processed) {
      const truth = processRequest(this.twilio, received, entry, headers);
      if (fault) return misbehave({ fault, response, truth, headers, now, onReply });
      onReply(truth);
      return send(response, truth);
    }
    if (this.twilio.switches.failedCreateConsumes && mayConsume(fault)) consumePush(this.twilio, received, entry);
    misbehave({ fault, response, truth: undefined, headers, now, onReply });
  }

  /** Journals a request that was refused before it could be read, with the status it got. */
  noteUnreadable(socket: Socket, method: string, rawPath: string, status: number, why: string): void {
    const entry = this.blankEntry(method, rawPath, this.sockets.seen(socket).number);
    this.journal.add({ ...entry, status, warnings: [why] });
  }

  private blankEntry(method: string, path: string, socket: number): JournalEntry {
    return {
      at: new Date(this.twilio.clock.now()).toISOString(),
      method,
      path,
      operation: null,
      principal: null,
      body: '',
      userAgent: null,
      socket,
      status: null,
      effect: 'none',
      fault: null,
      warnings: [],
    };
  }
}

/** A create may use up a push without leaving a Notification only where Twilio got to work and broke. */
function mayConsume(fault: Fault): boolean {
  const neverArrived = faultKinds[fault.kind].processed === 'never' || fault.kind === 'close-reused-socket';
  return fault.operation === 'createNotification' && !neverArrived;
}
