import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { announcesBody } from './announced-body.js';

/** Time for a client to read what is written to it, in milliseconds. */
const WRITE_TIMEOUT_MS = 5000;

/** Time for a client to read its last answer, in milliseconds. */
const LAST_BYTES_MS = 1000;

/** Idle time after which an unknown client's connection may be closed once it was answered, in milliseconds. */
const STRANGER_IDLE_MS = 4000;

/** One connection of a client, and its unanswered requests. */
export class Connection {
  /** Oldest first, as on the connection. */
  private readonly unanswered: ServerResponse[] = [];
  private isEnding = false;
  private isLastTold = false;
  private lastWords = '';
  private unreadSince: number | undefined;
  private idleSince: number | undefined;
  private hasAnswered = false;
  /** Whether its client has shown a valid credential, or is a trusted proxy. */
  isKnown: boolean;
  /** More are open than should be, so its requests are refused. */
  isSurplus: boolean;
  private readonly answered = () => {
    this.unanswered.shift();
    this.hasAnswered = true;
    if (this.isEnding) this.endIfAnswered();
  };

  /**
   * @param isProxy whether it is a trusted proxy's; any other becomes known with its first valid credential
   */
  constructor(
    private readonly socket: Socket,
    private readonly isProxy: boolean,
    isSurplus: boolean,
  ) {
    this.isKnown = isProxy;
    this.isSurplus = isSurplus;
  }

  /** @returns whether the request is accepted, given at most `most` unanswered requests per connection */
  begin(response: ServerResponse<IncomingMessage>, most: number): boolean {
    if (this.isEnding || this.isLastTold || this.unanswered.length >= most) return false;
    this.unanswered.push(response);
    response.once('close', this.answered);
    return true;
  }

  /**
   * Ends the connection with this response, because the client is unknown: it may read slowly or not at all, which is
   * invisible while the response fits into the kernel's buffers. Except for a trusted proxy, which has other clients;
   * if another request is unanswered; or while the client sends a body, because a reset could lose the response.
   *
   * @returns whether the answer must say `Connection: close`: it is the last one
   */
  endWith(response: ServerResponse<IncomingMessage>): boolean {
    const { req } = response;
    const isReceived = req.complete || !announcesBody(req);
    if (this.isProxy || this.isEnding || !isReceived || this.unanswered.at(-1) !== response) return false;
    this.isLastTold = true;
    return true;
  }

  /**
   * Reads no more from the client, and closes the connection once all accepted requests are answered.
   *
   * @param lastWords sent after these answers
   * @returns false if it is closing already
   */
  end(lastWords = ''): boolean {
    this.socket.pause(); // again, too: Node reads on after each answer
    if (this.isEnding || !this.socket.writable) return false;
    if (this.isStreaming) {
      this.socket.destroy(); // requests behind an event stream are never answered
      return true;
    }
    if (this.isLastTold) return false;
    this.isEnding = true;
    this.lastWords = lastWords;
    this.endIfAnswered();
    return true;
  }

  /** A request with a valid credential was answered. No status shows that: any client gets 204 for a preflight. */
  hasCredential(): void {
    this.isKnown = true;
  }

  /** The client has half-closed the connection. It may still wait for a response, but not for an event stream. */
  hungUp(): void {
    if (this.isStreaming) this.socket.destroy();
  }

  /** Whether written data has waited too long for the client. Call regularly. @param now monotonic, milliseconds */
  isUnread(now: number): boolean {
    if (this.socket.writableLength === 0) this.unreadSince = undefined;
    else this.unreadSince ??= now;
    return this.unreadSince !== undefined && now - this.unreadSince >= WRITE_TIMEOUT_MS;
  }

  /**
   * Whether an unknown client is idle after a response: it may not even read, which is invisible while its responses fit
   * into the kernel's buffers. Call regularly. @param now monotonic, milliseconds
   */
  isIdleStranger(now: number): boolean {
    if (this.isKnown || !this.hasAnswered || this.unanswered.length > 0) this.idleSince = undefined;
    else this.idleSince ??= now;
    return this.idleSince !== undefined && now - this.idleSince >= STRANGER_IDLE_MS;
  }

  /** Whether its client is unknown and none of its unanswered requests is complete. */
  get isSilent(): boolean {
    return !this.isKnown && !this.unanswered.some(({ req }) => req.complete);
  }

  /** Whether its current response is an event stream. */
  private get isStreaming(): boolean {
    const [current] = this.unanswered;
    return current !== undefined && current.headersSent && !current.writableEnded;
  }

  private endIfAnswered(): void {
    // Only the newest request can be incomplete, and it can not be answered.
    if (this.unanswered.some(({ req }) => req.complete)) return;
    this.socket.end(this.lastWords);
    this.socket.resume(); // to see the end of the other half
    // A client that keeps its half open would hold the socket, and one that does not read would hold the sent data.
    setTimeout(() => this.letGo(), LAST_BYTES_MS).unref();
  }

  /** Node resets only once everything is written. A reset also frees the kernel's buffers. */
  private letGo(): void {
    if (this.socket.writableLength > 0) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}
