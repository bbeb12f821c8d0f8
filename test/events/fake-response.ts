import { EventEmitter } from 'node:events';

/** Node's response, as far as a stream of events uses it; the test is its client. */
export class FakeResponse extends EventEmitter {
  readonly written: string[] = [];
  closed = false;
  isReading = true;
  hasEnded = false;
  isDestroyed = false;

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

  close(): void {
    this.closed = true;
    this.emit('close');
  }
}
