/** Addresses of both families, and connections that stay. */
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listenHost } from '../../apps/resend/src/http/listen-host.js';
import { startRig } from '../support/rig.js';
import { startBareServer } from './bare-server.js';

async function rigWith(environment: Record<string, string>) {
  const rig = await startRig(environment);
  onTestFinished(() => rig.close());
  return rig;
}

const hasIpv6 = Object.values(networkInterfaces()).some((all = []) => all.some(({ address }) => address === '::1'));

describe('every address', () => {
  test.runIf(hasIpv6)('of both families is listened on by default, on both ports', async () => {
    const rig = await rigWith({ HOST: '' });
    for (const host of ['127.0.0.1', '[::1]']) {
      expect((await fetch(`http://${host}:${rig.ports.private}/livez`)).status).toBe(200);
      expect((await fetch(`http://${host}:${rig.ports.public}/nothing`)).status).toBe(404);
    }
  });

  test('is every IPv4 address where there is no IPv6', async () => {
    expect(await listenHost('::', async () => false)).toBe('0.0.0.0');
    expect(await listenHost('::', async () => true)).toBe('::');
    expect(await listenHost('::1', async () => false)).toBe('::1');
  });
});

describe('an idle connection', () => {
  test('of a known client is kept for KEEP_ALIVE_SECONDS, and it is told', async () => {
    const rig = await rigWith({ KEEP_ALIVE_SECONDS: '620' });
    const { challengeSid, token } = await rig.login();
    const known = [
      [rig.ports.public, `v1/challenges/${challengeSid}`, token],
      [rig.ports.private, 'internal/v1/pause', rig.apiKey],
    ] as const;
    for (const [port, path, credential] of known) {
      const authorization = `Bearer ${credential}`;
      const { headers } = await fetch(`http://127.0.0.1:${port}/${path}`, { headers: { authorization } });
      expect(headers.get('keep-alive')).toBe('timeout=620');
    }
  });

  test('outlasts the time that a request may take', async () => {
    const { server } = await startBareServer();
    // As short as they go: the server looks every second.
    Object.assign(server, { headersTimeout: 10, requestTimeout: 10 });
    const idle = connectedTo(server);
    const answers = () => idle.received().split('HTTP/1.1 200').length - 1;
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(answers).toBe(1);
    // A second connection shows that the server has looked: it is the one that begins a request and does not end it.
    const slow = connectedTo(server);
    slow.write('GET / HTTP/1.1\r\n');
    await expect.poll(slow.received).toContain('408 Request Timeout');
    idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(answers).toBe(2);
  });
});

test('a connection that sends nothing is closed unanswered, and is not reported as malformed', async () => {
  const { server, malformed } = await startBareServer();
  Object.assign(server, { headersTimeout: 10, requestTimeout: 10 });
  const unused = connectedTo(server);
  await expect.poll(unused.isClosed).toBe(true);
  expect(unused.received()).toBe('');
  expect(malformed).toEqual([]);
  const slow = connectedTo(server);
  slow.write('G');
  await expect.poll(slow.received).toContain('408 Request Timeout');
  expect(malformed).toMatchObject([{ code: 'request-timeout' }]);
});

function connectedTo(server: Server) {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  let received = '';
  let isClosed = false;
  socket.on('close', () => (isClosed = true));
  socket.on('data', (bytes) => (received += bytes.toString()));
  return { write: (text: string) => socket.write(text), received: () => received, isClosed: () => isClosed };
}
