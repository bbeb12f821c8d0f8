/** When the connections of clients that do not read, or do nothing, are closed. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Connections } from '../../apps/resend/src/http/connections.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

class FakeSocket extends EventEmitter {
  writableLength = 0;
  readonly writable = true;
  readonly readableEnded = false;
  hasEnded = false;
  isDestroyed = false;

  constructor(readonly remoteAddress: string) {
    super();
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.hasEnded = true;
  }

  destroy(): void {
    if (!this.isDestroyed) this.emit('close');
    this.isDestroyed = true;
  }

  /** As Node does: not before everything is written. */
  resetAndDestroy(): void {
    if (this.writableLength === 0) this.destroy();
  }
}

class FakeResponse extends EventEmitter {
  readonly req = { complete: true };

  constructor(readonly statusCode: number) {
    super();
  }
}

function connected(remoteAddress = '192.0.2.1', most = 1) {
  const counts = { open: 0, unread: 0 };
  const connections = new Connections(
    { most, mostOfAddress: 10, isTrustedProxy: (address) => address === '10.0.0.1' },
    {
      changed: (open) => void (counts.open = open),
      refused: () => {},
      unread: () => void (counts.unread += 1),
      silent: () => {},
    },
  );
  const socket = new FakeSocket(remoteAddress);
  connections.add(socket as unknown as Socket);
  const connection = () => connections.of(socket as unknown as Socket);
  const begin = (status: number) => {
    const response = new FakeResponse(status);
    connection()?.begin(response as unknown as ServerResponse, 8);
    return { answer: () => void response.emit('close'), end: () => connection()?.end() };
  };
  return { socket, counts, begin, connection };
}

describe('a client that leaves its answers unread', () => {
  test('has its connection closed after five to six seconds', () => {
    const { socket, counts } = connected();
    socket.writableLength = 1;
    vi.advanceTimersByTime(5000);
    expect(socket.isDestroyed).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(socket.isDestroyed).toBe(true);
    expect(counts).toEqual({ open: 0, unread: 1 });
  });

  test('may take its time if it takes them all now and then', () => {
    const { socket, counts } = connected();
    for (let time = 0; time < 10; time++) {
      socket.writableLength = 1;
      vi.advanceTimersByTime(4000);
      socket.writableLength = 0;
      vi.advanceTimersByTime(1000);
    }
    expect(socket.isDestroyed).toBe(false);
    expect(counts).toEqual({ open: 1, unread: 0 });
  });
});

test('a client that has asked for too much and reads nothing is let go, too', () => {
  const { socket, begin } = connected();
  const { answer, end } = begin(200);
  end();
  socket.writableLength = 1;
  answer();
  vi.advanceTimersByTime(1000);
  expect(socket.isDestroyed).toBe(true);
});

describe('where more than half of all possible connections are open, one without a request', () => {
  test('is closed after four to five seconds if its client is not known, and for good a second later', () => {
    const { socket, begin } = connected();
    for (const status of [404, 204]) begin(status).answer();
    vi.advanceTimersByTime(4000);
    expect(socket.hasEnded).toBe(false);
    vi.advanceTimersByTime(1000);
    expect(socket).toMatchObject({ hasEnded: true, isDestroyed: false });
    vi.advanceTimersByTime(1000);
    expect(socket.isDestroyed).toBe(true);
  });

  test.each([
    ['of a client with a valid credential', '192.0.2.1', [404, 404], true],
    ['of a trusted proxy', '10.0.0.1', [404], false],
    ['that had no answer yet, which has a limit of its own', '192.0.2.1', [], false],
  ])('%s is kept', (_, address, statuses, isKnown) => {
    const { socket, begin, connection } = connected(address);
    for (const status of statuses) begin(status).answer();
    if (isKnown) connection()?.hasCredential();
    vi.advanceTimersByTime(60_000);
    expect(socket.hasEnded).toBe(false);
  });

  test('is kept where fewer are open: its client was told a longer time', () => {
    const { socket, begin } = connected('192.0.2.1', 2);
    begin(404).answer();
    vi.advanceTimersByTime(60_000);
    expect(socket.hasEnded).toBe(false);
  });

  test('and with one that is worked on is kept', () => {
    const { socket, begin } = connected();
    begin(404).answer();
    const second = begin(404);
    vi.advanceTimersByTime(8000);
    expect(socket.hasEnded).toBe(false);
    second.answer();
    vi.advanceTimersByTime(6000);
    expect(socket.hasEnded).toBe(true);
  });
});
