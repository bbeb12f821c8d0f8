import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Rig, type Screen, startRig } from '../support/rig.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

/** Requests that are being worked on, the one that asks not counted. */
const inFlight = async () => {
  const { text } = await rig.ops.get('/metrics').expect(200);
  return Number(/^push_resend_requests_in_flight (\d+)$/m.exec(text)?.[1]) - 1;
};
const calls = async () => (await rig.simulate<object[]>('GET', '/journal')).length;
const press = ({ challengeSid, token }: Screen) => {
  const path = `/v1/challenges/${challengeSid}/notifications`;
  const pressed = request({
    port: rig.ports.public,
    path,
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  pressed.on('error', () => undefined).end();
  return pressed;
};

test('a client that hangs up does not stop its resend, which is counted as running until it is settled', async () => {
  const screen = await rig.login();
  const before = await calls();
  await rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'delay', delayMs: 1500, times: 1 });
  const pressed = press(screen);
  await expect.poll(calls).toBe(before + 2);
  pressed.socket?.resetAndDestroy();
  expect(await inFlight()).toBe(1);
  expect(rig.logged()).not.toContain('hasHungUp');
  await expect.poll(inFlight).toBe(0);
  expect(await screen.created()).toBe(1);
  expect(rig.logged()).toMatch(/"status":201.*"hasHungUp":true/);
  const { text } = await rig.ops.get('/metrics');
  expect(text).toContain('push_resend_requests_total{operation="resend",outcome="sent",code="none"} 1');
});

test('a client that hangs up in the middle of its body never counts as running, and has its line', async () => {
  const { challengeSid, token } = await rig.login();
  const socket = connect(rig.ports.public, '127.0.0.1');
  const head = (line: string, ...more: string[]) =>
    [`${line} HTTP/1.1`, 'Host: api', `Authorization: Bearer ${token}`, ...more, '', ''].join('\r\n');
  const tap = head(
    `POST /v1/challenges/${challengeSid}/notifications`,
    'Content-Type: application/json',
    'Content-Length: 20',
  );
  // The look is answered once the headers behind it were read, too.
  socket.write(`${head(`GET /v1/challenges/${challengeSid}`)}${tap}{"ttl`);
  await once(socket, 'data');
  await expect.poll(inFlight).toBe(0);
  socket.resetAndDestroy();
  await expect.poll(() => rig.logged()).toMatch(/"status":400.*"hasHungUp":true/);
  expect(await inFlight()).toBe(0);
});

test.each(['GARBAGE\r\n\r\n', 'CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n'])(
  'a client that keeps its half open after %j does not hold up the end',
  async (bytes) => {
    const leaving = await startRig();
    const client = connect({ port: leaving.ports.public, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void client.destroy());
    client.on('error', () => undefined);
    client.write(bytes);
    client.resume();
    await once(client, 'end');
    await leaving.close();
  },
);
