/** Clients that open connections and ask nothing, or nothing complete, against the built service with the heap of the manifests. */
import { connect } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';
import { Site } from './site.js';

/** Pause before a connection that was closed is opened again, in milliseconds. */
const COMES_BACK_AFTER_MS = 1000;

let site: Site | undefined;
afterEach(() => site?.stop());

/** Opens so many connections that send this, from six addresses. @returns when all were open once */
async function open(port: number, connections: number, { bytes = '', comeBack = false } = {}): Promise<void> {
  let isOn = comeBack;
  onTestFinished(() => void (isOn = false));
  const one = (index: number, opened?: () => void) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (index % 6)}` }, opened);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => setTimeout(() => isOn && one(index), COMES_BACK_AFTER_MS));
    socket.resume();
    socket.write(bytes);
  };
  await Promise.all(
    Array.from({ length: connections }, (_, index) => new Promise<void>((opened) => one(index, opened))),
  );
}

/** What a new connection is answered: the first line, or nothing. */
function livezAnew(port: number): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('close', () => resolve(received.split('\r\n')[0] ?? ''));
  });
}

test('more silent connections than there may be in all: newcomers that ask are answered', async () => {
  site = await Site.start(builtOnce(), { settings: { MAX_CONNECTIONS: '50', EVENTS_MAX_STREAMS: '10' } });
  const screen = await site.screen();
  for (const port of [site.service.privatePort, site.service.publicPort]) await open(port, 400);
  for (let time = 0; time < 20; time++) {
    expect(await livezAnew(site.service.privatePort)).toBe('HTTP/1.1 200 OK');
    expect(await site.look(screen)).toMatchObject({ status: 200 });
    expect(await site.tap(await site.screen())).toMatchObject({ status: 201 });
  }
});
