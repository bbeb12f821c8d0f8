/**
 * Answers as Twilio does when all is well, at once and without remembering anything: every Challenge is pending and a
 * minute old. A process of its own; tells its port over IPC.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const PATH = /^\/v2\/Services\/VA\w+\/Entities\/([\w-]+)\/Challenges\/(YC\w+)/;
const date = (inSeconds: number) => new Date(Date.now() + inSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

const server = createServer((request, response) => {
  const [, identity, challengeSid] = PATH.exec(request.url ?? '') ?? [];
  const isFetch = request.method === 'GET';
  const body = isFetch
    ? { sid: challengeSid, identity, status: 'pending', factor_type: 'push', expiration_date: date(540) }
    : { sid: `NT${challengeSid?.slice(2)}`, identity, challenge_sid: challengeSid, ttl: 50, priority: 'high' };
  const json = JSON.stringify({ ...body, date_created: date(isFetch ? -60 : 0) });
  request.resume().once('end', () => {
    response.writeHead(isFetch ? 200 : 201, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(json),
    });
    response.end(json);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
