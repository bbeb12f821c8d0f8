import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from 'cookie-signature';
import { expect, onTestFinished, test } from 'vitest';
import { ownCorner, redisUrl } from '../support/redis.js';
import { CANARY } from './canaries.js';
import { type CanaryRig, HEADERS, startCanaryRig } from './canary-rig.js';

const CHALLENGE = `/v1/challenges/YC${'0'.repeat(32)}`;
const ENDINGS = { canary: `${CANARY} in an answer`, sub: `${CANARY}-of-a-provider` };

/** What an identity provider may answer, the worst of them repeating what they were asked. */
const PROVIDERS: Record<string, (response: ServerResponse, asked: string) => void> = {
  'says yes': (response) => response.end(JSON.stringify({ active: true, ...ENDINGS })),
  'says yes to what is no identity': (response) => response.end(JSON.stringify({ active: true, sub: `${CANARY} !` })),
  'says no': (response) => response.end(JSON.stringify({ active: false, ...ENDINGS })),
  'repeats what it was asked': (response, asked) => response.writeHead(500).end(asked),
  'repeats it as an error': (response, asked) =>
    response.writeHead(400).end(JSON.stringify({ error: 'invalid_request', error_description: asked })),
  'does not know us': (response, asked) =>
    response.writeHead(401, { 'www-authenticate': `Basic realm="${CANARY}"` }).end(asked),
  'says what is no JSON': (response) => response.end(`${CANARY} is no JSON`),
  'says half of it': (response) => response.writeHead(200, { 'content-length': '900' }).write(JSON.stringify(ENDINGS)),
  'sends us elsewhere': (response) => response.writeHead(302, { location: `http://${CANARY}.example/` }).end(),
  'hangs up': (response) => response.socket?.resetAndDestroy(),
};

async function startProvider(answer: (response: ServerResponse, asked: string) => void): Promise<string> {
  const server = createServer((request, response) => {
    let asked = `${request.headers.authorization} `;
    request.setEncoding('utf8').on('data', (chunk: string) => (asked += chunk));
    request.on('end', () => answer(response.setHeader('content-type', 'application/json'), asked));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/of-the-provider`;
}

/** Looks with this credential, and listens to the answer, the log and the metrics. @returns the status */
async function looked({ rig, canaries, heard }: CanaryRig, credential: Record<string, string>): Promise<number> {
  onTestFinished(() => rig.close());
  const status = heard(await rig.api.get(CHALLENGE).set({ ...HEADERS, ...credential }));
  await expect.poll(() => rig.logged()).toContain('"event":"request"');
  canaries.mustNotSing(rig.logged(), 'the log');
  canaries.mustNotSing((await rig.ops.get('/metrics')).text, 'the metrics');
  return status;
}

const seen = new Set<number>();

test.each(Object.entries(PROVIDERS))('an introspection endpoint that %s', async (_, answer) => {
  const singing = await startCanaryRig({
    SESSION_STRATEGY: 'introspection',
    SESSION_INTROSPECTION_URL: await startProvider(answer),
    SESSION_INTROSPECTION_CLIENT_ID: 'push-resend',
    SESSION_INTROSPECTION_CLIENT_SECRET: `${CANARY}+of/the client`,
    SESSION_PROVIDER_DEADLINE_MS: '200',
  });
  seen.add(await looked(singing, { authorization: `Bearer ${CANARY}.of-a/token` }));
});

test.each(Object.entries(PROVIDERS))('a place of keys that %s', async (_, answer) => {
  const singing = await startCanaryRig({
    SESSION_STRATEGY: 'jwt',
    SESSION_JWT_JWKS_URL: await startProvider(answer),
    SESSION_JWT_ISSUER: 'https://idp.example',
    SESSION_JWT_AUDIENCE: 'urn:push-resend',
    SESSION_PROVIDER_DEADLINE_MS: '200',
  });
  const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64url');
  const token = [
    part({ alg: 'RS256', kid: `${CANARY}-of-a-key`, typ: 'at+jwt' }),
    part({ sub: `${CANARY}-of-a-token`, iss: 'https://idp.example', aud: 'urn:push-resend', exp: 4e9 }),
    Buffer.from(`${CANARY} of a signature`).toString('base64url'),
  ].join('.');
  singing.canaries.add('a token', token);
  seen.add(await looked(singing, { authorization: `Bearer ${token}` }));
});

test.each([
  ['of a user', { identity: `${CANARY}-of-a-record` }],
  ['of what is no user', { identity: `${CANARY} of a record!` }],
  ['that is none', `${CANARY} is no JSON`],
  ['in a place of another kind', undefined],
])('a record %s', async (_, record) => {
  const { redis, keyPrefix, keys } = ownCorner();
  onTestFinished(async () => {
    await redis.del(...(await keys()));
    redis.disconnect();
  });
  const secret = `${CANARY} of the cookies`;
  const id = `${CANARY}-of-a-session`;
  if (record === undefined) await redis.hset(`${keyPrefix}${id}`, 'identity', CANARY);
  else await redis.set(`${keyPrefix}${id}`, typeof record === 'string' ? record : JSON.stringify(record), 'EX', 60);
  const singing = await startCanaryRig({
    REDIS_URL: redisUrl(),
    REDIS_KEY_PREFIX: keyPrefix,
    SESSION_STRATEGY: 'express-session',
    SESSION_COOKIE_SECRETS: secret,
    SESSION_STORE_PREFIX: keyPrefix,
  });
  const cookie = `s:${sign(id, secret)}`;
  singing.canaries.add('a cookie', cookie);
  seen.add(await looked(singing, { cookie: `connect.sid=${encodeURIComponent(cookie)}` }));
});

test('some of these were let in, some were not, and some could not be told', () => {
  expect([...seen].toSorted((one, other) => one - other)).toEqual([401, 404, 503]);
});
