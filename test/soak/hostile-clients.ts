/**
 * A process of its own, started with a `Siege` as its only argument: one trick after another against the public ports,
 * until the time is over. It then closes everything, prints how often it did what as JSON, and ends.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Pipeliners } from '../attacks/pipeliners.ts';

export interface Siege {
  readonly ports: readonly number[];
  /** Epoch milliseconds. */
  readonly until: number;
  /** A session of theirs, and a Challenge that it may use. */
  readonly token: string;
  readonly challengeSid: string;
}

/** How long a trick lasts, in milliseconds: longer than a client may leave its answers unread, or take for a head. */
const TRICK_MS = 6000;
/** Between two tricks at one port. */
const PAUSE_MS = 4000;

const { ports, until, token, challengeSid } = JSON.parse(process.argv[2] ?? '') as Siege;
const own = `/v1/challenges/${challengeSid}`;
const sockets = new Set<Socket>();
const counts: Record<string, number> = {};

/** Each opens all that it needs, and is given up when its time is over. */
const TRICKS: Readonly<Record<string, (port: number) => unknown>> = {
  'pipelines and reads': (port) => pipelined(port, 4, true),
  'pipelines and never reads': (port) => pipelined(port, 20, false),
  'sends a head byte by byte': (port) => dribbled(port, 30, 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: '),
  'sends a body byte by byte': (port) =>
    dribbled(port, 30, head('POST', `${own}/notifications`, ['Content-Type: application/json', 'Content-Length: 999'])),
  'sends bytes that are no HTTP': (port) => many(port, 40, () => randomBytes(2000)),
  'sends a huge header': (port) => many(port, 20, () => head('GET', own, [`X-Huge: ${'h'.repeat(100_000)}`])),
  'sends many headers': (port) =>
    many(port, 20, () =>
      head(
        'GET',
        own,
        Array.from({ length: 2500 }, (_, index) => `X-${index}: 1`),
      ),
    ),
  'guesses Challenges': (port) =>
    many(port, 40, (index) => {
      const guess = `/v1/challenges/YC${randomBytes(16).toString('hex')}`;
      return index % 4 === 0 ? head('POST', `${guess}/notifications`) : head('GET', guess);
    }),
  'has no session': (port) => many(port, 60, () => head('GET', own, [], randomUUID())),
  'opens streams and never reads': (port) => {
    for (let index = 0; index < 20; index++) open(port, head('GET', `${own}/events`)).pause();
  },
  'opens streams and goes away': async (port) => {
    const streams = Array.from({ length: 20 }, () => open(port, head('GET', `${own}/events`)));
    await sleep(1000);
    for (const stream of streams) stream.resetAndDestroy();
  },
  'asks and hangs up': async (port) => {
    for (let round = 0; round < 20; round++) {
      const asking = Array.from({ length: 5 }, () => open(port, head('GET', own)));
      await sleep(2);
      for (const socket of asking) socket.resetAndDestroy();
    }
  },
  'asks and sends FIN': (port) => {
    for (let index = 0; index < 20; index++) open(port, head('GET', own)).end();
  },
  'connects and says nothing': (port) => many(port, 300, () => ''),
};

await Promise.all(ports.map(besiege));
for (const socket of sockets) socket.destroy();
process.stdout.write(JSON.stringify(counts), () => process.exit());

/** The tricks in their order, each port beginning elsewhere. */
async function besiege(port: number, index: number): Promise<void> {
  const names = Object.keys(TRICKS);
  for (let turn = Math.floor(Math.random() * names.length) + index; Date.now() < until; turn++) {
    const name = names[turn % names.length] ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
    const before = new Set(sockets);
    const leftMs = () => Math.max(0, Math.min(TRICK_MS, until - Date.now()));
    await Promise.all([TRICKS[name]?.(port), sleep(leftMs())]);
    for (const socket of sockets) if (!before.has(socket)) socket.destroy();
    await sleep(Math.min(PAUSE_MS, leftMs()));
  }
}

function open(port: number, first: string | Buffer): Socket {
  const socket = connect(port, '127.0.0.1');
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
  socket.resume();
  if (first.length > 0) socket.write(first);
  return socket;
}

function many(port: number, connections: number, first: (index: number) => string | Buffer): void {
  for (let index = 0; index < connections; index++) open(port, first(index));
}

function dribbled(port: number, connections: number, start: string): void {
  for (let index = 0; index < connections; index++) {
    const socket = open(port, start);
    const timer = setInterval(() => socket.write('x'), 500);
    socket.on('close', () => clearInterval(timer));
  }
}

/** Only for a second: this is what costs the service most. */
async function pipelined(port: number, connections: number, reads: boolean): Promise<void> {
  const workerData: Pipeliners = { port, connections, request: 'GET / HTTP/1.1\r\nHost:\r\n\r\n', reads };
  const pipeliners = new Worker(new URL('../attacks/pipeliners.ts', import.meta.url), { workerData });
  await sleep(Math.min(reads ? 1000 : TRICK_MS, Math.max(0, until - Date.now())));
  await pipeliners.terminate();
}

function head(method: string, path: string, more: readonly string[] = [], bearer = token): string {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${bearer}`, ...more];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
