import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { httpServer, refusingPort, tcpServer } from './servers.js';
import { atDeadline, DEADLINE_MS, headers, impatient, notification, respond, rigAt } from './verify-fixtures.js';

const unknown = { outcome: 'unknown' };
const notSent = { outcome: 'notSent', code: 'provider-unavailable' };
const body = JSON.stringify(notification);
const head = `HTTP/1.1 201 Created\r\nDate: ${headers.Date}\r\nContent-Type: application/json\r\n`;
const whole = `${head}Content-Length: ${body.length}\r\n\r\n${body}`;

/** Writes `text` for ever, a piece every few milliseconds. */
function drip(socket: Socket, text: string): void {
  const timer = setInterval(() => socket.write(text), 10);
  socket.on('close', () => clearInterval(timer));
}

it('a refused connection is not sent', async () => {
  const rig = rigAt(await refusingPort());
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'ECONNREFUSED' }]);
});

it('a host that DNS does not know is not sent', async () => {
  const rig = rigAt('http://verify.invalid', impatient);
  expect(await rig.create()).toEqual(notSent);
  expect(rig.codes()).toEqual(['not-connected']);
});

it.each<[string, string, (socket: Socket) => void]>([
  ['a reset after the request', 'connection-lost', (socket) => socket.resetAndDestroy()],
  ['an end without a reply', 'connection-lost', (socket) => socket.end()],
  ['a reply that is no HTTP', 'unreadable', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
  ['a 201 whose body is cut', 'unreadable', (socket) => socket.end(whole.slice(0, -20))],
  [
    'a 201 whose chunked body is cut',
    'unreadable',
    (socket) => socket.end(`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"sid`),
  ],
  ['a 201 that is reset in its headers', 'unreadable', (socket) => socket.write(head, () => socket.resetAndDestroy())],
  [
    'a 201 of more than 64 KiB',
    'unreadable',
    (socket) => socket.write(`${head}Content-Length: 70000\r\n\r\n${body}${' '.repeat(70_000 - body.length)}`),
  ],
  ['headers of more than 16 KiB', 'unreadable', (socket) => socket.write(`${head}X-Long: ${'x'.repeat(20_000)}`)],
  [
    'a 201 without end',
    'unreadable',
    (socket) => {
      socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`);
      drip(socket, `2000\r\n${'x'.repeat(0x2000)}\r\n`);
    },
  ],
])('%s is unknown, and asked once', async (_, code, misbehave) => {
  const twilio = await tcpServer(misbehave);
  const rig = rigAt(twilio.baseUrl);
  expect(await rig.create()).toEqual(unknown);
  expect(rig.codes()).toEqual([code]);
  expect(twilio.requests).toHaveLength(1);
});

it.each<[string, (socket: Socket) => void]>([
  ['no reply', () => {}],
  [
    'headers that drip',
    (socket) => {
      socket.write(head);
      drip(socket, 'X');
    },
  ],
  [
    'a body that drips',
    (socket) => {
      socket.write(`${head}Content-Length: 60000\r\n\r\n`);
      drip(socket, ' ');
    },
  ],
])('%s is unknown at the deadline, and asked once', async (_, stall) => {
  const twilio = await tcpServer(stall);
  const rig = rigAt(twilio.baseUrl);
  expect(
    await atDeadline(
      () => rig.create(),
      () => twilio.requests.length === 1,
    ),
  ).toEqual(unknown);
  expect(rig.calls).toMatchObject([{ code: 'timeout', durationMs: DEADLINE_MS }]);
  expect(twilio.requests).toHaveLength(1);
});

it('what comes after its last moment to leave is not sent, over an open connection too', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 1 });
  await rig.create();
  expect(await rig.create(performance.now() - 1)).toEqual(notSent);
  await rig.create();
  expect(rig.codes()).toEqual(['ok', 'too-late', 'ok']);
  expect([twilio.requests.length, twilio.sockets]).toEqual([2, 1]);
});

it('what left in time may be answered after its last moment to leave', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const twilio = await httpServer((_, response) => {
    vi.advanceTimersByTime(251);
    respond(response, 201, notification);
  });
  expect(await rigAt(twilio.baseUrl).create(performance.now() + 250)).toMatchObject({ outcome: 'sent' });
});

it('what never got a socket is not sent, not when there is one again either', async () => {
  const twilio = await tcpServer((socket, nth) => nth > 2 && socket.write(whole));
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 2 });
  const four = () => Promise.all([rig.create(), rig.create(), rig.create(), rig.create()]);
  expect(await atDeadline(four, () => twilio.requests.length === 2)).toEqual([unknown, unknown, notSent, notSent]);
  expect(await Promise.all([rig.create(), rig.create()])).toMatchObject([{ outcome: 'sent' }, { outcome: 'sent' }]);
  expect(twilio.requests).toHaveLength(4);
});

it('a kept-alive socket that is reset as the next request comes is unknown, and asked once', async () => {
  const twilio = await tcpServer((socket, nth) => (nth === 1 ? socket.write(whole) : socket.resetAndDestroy()));
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 1 });
  expect(await rig.create()).toMatchObject({ outcome: 'sent' });
  expect(await rig.create()).toEqual(unknown);
  expect([twilio.requests.length, twilio.sockets]).toEqual([2, 1]);
});

it('a closed gateway sends nothing', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const rig = rigAt(twilio.baseUrl);
  await rig.gateway.close();
  expect(await rig.create()).toEqual(notSent);
  expect(twilio.requests).toHaveLength(0);
});

it('closing waits for the call under way and lets no other in', async () => {
  const arrived = Promise.withResolvers<ServerResponse>();
  const twilio = await httpServer((_, response) => arrived.resolve(response));
  const rig = rigAt(twilio.baseUrl);
  const underWay = rig.create();
  const response = await arrived.promise;
  const closed = rig.gateway.close();
  expect(await rig.create()).toEqual(notSent);
  respond(response, 201, notification);
  expect(await underWay).toMatchObject({ outcome: 'sent' });
  await closed;
  expect(twilio.requests).toHaveLength(1);
});
