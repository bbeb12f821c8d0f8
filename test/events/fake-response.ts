import { EventEmitter } from 'node:events';

/** Node's response, as far as a stream of events uses it; the test is its client. */
export class FakeResponse extends EventEmitter {
  readonly req = { socket: Object.assign(new EventEmitter(), { destroyed: false }) };
  readonly written: string[] = [];
  readonly socket: EventEmitter | null;
  closed = false;
  isReading = true;
  hasEnded = false;
  isDestroyed = false;

  /** @param isQueued behind other answers of its connection, by pipelining */
  constructor(isQueued = false) {
    super();
    this.socket = isQueued ? null : this.req.socket;
  }

  get writableLength(): number {
    return this.isReading ? 0 : 1;
  }

  write(text: string): boolean {
    this.written.push(text);
    return this.isReading;
  }

  end(): void {
    this.hasEnded = true;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.close();
  }

  /** The connection is lost. Older Node 24 emits no `close` on an answer that is queued. */
  loseConnection(): void {
    this.req.socket.destroyed = true;
    this.req.socket.emit('close');
  }

  close(): void {
    this.closed = true;
    this.emit('close');
  }
}
