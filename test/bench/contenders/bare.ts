/**
 * The least that a resend can cost on Node: `node:http`, `undici.request` and ioredis; one Lua call that reserves, one GET
 * and one POST upstream, one Lua call that settles. A refused tap is one Lua call. No framework, no SDK, no sessions, no
 * metrics and no promise kept. A process of its own; tells its port over IPC.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Pool } from 'undici';

const { TWILIO_URL = '', REDIS_URL = '', PORT = '0' } = process.env;
const twilio = new Pool(TWILIO_URL, { connections: 128 });
const redis = new Redis(REDIS_URL);
const RESERVE = `
local left = redis.call('PTTL', KEYS[1])
if left > 0 then return left end
redis.call('SET', KEYS[1], 'reserved', 'PX', 10000)
return 0`;
const SETTLE = `redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000) return 1`;
redis.defineCommand('reserve', { numberOfKeys: 1, lua: RESERVE });
redis.defineCommand('settle', { numberOfKeys: 1, lua: SETTLE });
const { reserve, settle } = redis as unknown as Record<'reserve' | 'settle', (...args: string[]) => Promise<number>>;

const service = `/v2/Services/VA${'0'.repeat(32)}`;
const authorization = `Basic ${Buffer.from(`SK${'0'.repeat(32)}:secret`).toString('base64')}`;
const form = { authorization, 'content-type': 'application/x-www-form-urlencoded' };

const server = createServer((request, response) => {
  const identity = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const challengeSid = request.url?.split('/')[3] ?? '';
  resend(identity, challengeSid, response).catch(() => answer(response, 503, {}));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

async function resend(identity: string, challengeSid: string, response: ServerResponse): Promise<void> {
  const waitMs = await reserve.call(redis, `bare:${identity}`);
  if (waitMs > 0) return answer(response, 429, { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  const path = `${service}/Entities/${identity}/Challenges/${challengeSid}`;
  const fetched = await twilio.request({ path, method: 'GET', headers: { authorization } });
  const { status } = (await fetched.body.json()) as { status: string };
  if (status !== 'pending') return answer(response, 409, {});
  const created = await twilio.request({
    path: `${path}/Notifications`,
    method: 'POST',
    headers: form,
    body: 'Ttl=50',
  });
  const { sid } = (await created.body.json()) as { sid: string };
  await settle.call(redis, `bare:${identity}`, sid);
  return answer(response, 201, { sid });
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
