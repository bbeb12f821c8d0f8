/**
 * Answers as Twilio does when all is well, without remembering anything: every Challenge is pending and a minute old.
 * DELAY_MS: how long each answer takes, 0 if absent. TLS_KEY, TLS_CERT: PEM, for TLS. A process of its own; tells its
 * port over IPC.
 */
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

const { TLS_KEY: key, TLS_CERT: cert, DELAY_MS = '0' } = process.env;
const delayMs = Number(DELAY_MS);
const PATH = /^\/v2\/Services\/VA\w+\/Entities\/([\w-]+)\/Challenges\/(YC\w+)/;
const date = (inSeconds: number) => new Date(Date.now() + inSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

const listener: RequestListener = (request, response) => {
  const [, identity, challengeSid] = PATH.exec(request.url ?? '') ?? [];
  const isFetch = request.method === 'GET';
  const body = isFetch
    ? { sid: challengeSid, identity, status: 'pending', factor_type: 'push', expiration_date: date(540) }
    : { sid: `NT${challengeSid?.slice(2)}`, identity, challenge_sid: challengeSid, ttl: 50, priority: 'high' };
  const json = JSON.stringify({ ...body, date_created: date(isFetch ? -60 : 0) });
  const answer = () => {
    response.writeHead(isFetch ? 200 : 201, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    });
    response.end(json);
  };
  request.resume().once('end', delayMs > 0 ? () => setTimeout(answer, delayMs) : answer);
};
const server =
  key === undefined || cert === undefined ? createServer(listener) : createTlsServer({ key, cert }, listener);
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
