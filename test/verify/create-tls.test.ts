import { createConnection, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.js';
import { httpServer, silentServer } from './servers.js';
import { atDeadline, DEADLINE_MS, NOTIFICATION, notification, respond, rigAt } from './verify-fixtures.js';

const notSent = { outcome: 'notSent', code: 'provider-unavailable' };
const certificate = selfSigned('verify.test');

it('a certificate of a trusted authority is spoken to', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification), certificate);
  const rig = rigAt(twilio.baseUrl, { ca: certificate.cert });
  expect(await rig.create()).toEqual({ outcome: 'sent', sid: NOTIFICATION });
});

it('nothing is sent to a server with a self-signed certificate', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification), certificate);
  const rig = rigAt(twilio.baseUrl);
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'DEPTH_ZERO_SELF_SIGNED_CERT' }]);
  expect(twilio.requests).toHaveLength(0);
});

it('nothing is sent to a server with the certificate of another host', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification), certificate);
  const rig = rigAt(twilio.baseUrl.replace('127.0.0.1', 'localhost'), { ca: certificate.cert });
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'ERR_TLS_CERT_ALTNAME_INVALID' }]);
  expect(twilio.requests).toHaveLength(0);
});

it('plain HTTP on the TLS port is not sent to', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const rig = rigAt(twilio.baseUrl.replace('http:', 'https:'));
  expect(await rig.create()).toEqual(notSent);
  expect(rig.codes()).toEqual(['not-connected']);
  expect(twilio.requests).toHaveLength(0);
});

it('a reset in the handshake is not sent to', async () => {
  const twilio = await silentServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
  const rig = rigAt(twilio.baseUrl);
  expect(await rig.create()).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'ECONNRESET' }]);
});

it('a handshake that is never answered is not sent to, at the deadline', async () => {
  const twilio = await silentServer(() => {});
  const rig = rigAt(twilio.baseUrl);
  expect(
    await atDeadline(
      () => rig.create(),
      () => twilio.sockets === 1,
    ),
  ).toEqual(notSent);
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'deadline', durationMs: DEADLINE_MS }]);
});

it('a handshake that ends after the last moment to send carries no request', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification), certificate);
  const held = Promise.withResolvers<Socket>();
  const gate = await silentServer((socket) => held.resolve(socket));
  const rig = rigAt(gate.baseUrl, { ca: certificate.cert, maxConcurrent: 1 });

  expect(await rig.create(performance.now() + 50)).toEqual(notSent);
  expect(rig.codes()).toEqual(['too-late']);

  // The next one waits for the same socket, behind the one that was given up.
  const next = rig.create();
  const client = await held.promise;
  const behind = createConnection(twilio.port, '127.0.0.1');
  behind.on('error', () => {});
  client.pipe(behind).pipe(client);
  expect(await next).toEqual({ outcome: 'sent', sid: NOTIFICATION });
  expect([twilio.requests.length, twilio.sockets]).toEqual([1, 1]);
});
