/**
 * L, the least that keeps the same promises: `node:http` around the service's own sessions, kill switch, ledger, audit
 * trail, gateway to Twilio and story. No framework, no limits on raw taps, no validation beyond the story's own, no logs,
 * no metrics. A process of its own; tells its port over IPC.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { AuditedLedgers } from '@audit/audited-ledger.js';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import { identityHasher } from '@ledger/identity-hash.js';
import { RedisPause } from '@ledger/pause.js';
import { RedisLedger } from '@ledger/redis-ledger.js';
import { PROBLEMS } from '@nest/answers/problems.js';
import { rateLimitHeaders, resentBody, retryAfter, standingBody, windowName } from '@nest/answers/standing-body.js';
import { DEFAULT_AUDIT, DEFAULT_CAPACITY, DEFAULT_DEADLINES, DEFAULT_POLICY } from '@nest/parts/defaults.js';
import { connectLedger, connectSessions, open } from '@redis/connection.js';
import { endpointOf } from '@redis/endpoint.js';
import { Refusal } from '@resend/refusals.js';
import { ResendService } from '@resend/resend.service.js';
import { RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';

const { TWILIO_URL = '', REDIS_URL = '', PORT = '0' } = process.env;

// As the service is set for the benchmark.
const policy = { ...DEFAULT_POLICY, coalesceMs: 0, leaseMs: 60_000, challengeCacheMs: 60_000 };
const deadlines = { ...DEFAULT_DEADLINES, fetchMs: 10_000, createMs: 10_000, dispatchToSendMs: 5000 };
const keyPrefix = 'least:';

const place = endpointOf(REDIS_URL);
const redis = connectLedger(place, { commandTimeoutMs: 5000 });
const sessionRedis = connectSessions(place, { commandTimeoutMs: 5000 });
await Promise.all([open(redis), open(sessionRedis)]);
const hashOf = identityHasher('the secret of the benchmark, of 32 characters');
const sessions = new TokenSessions(new RedisSessionStore(sessionRedis, keyPrefix));
const audit = new RedisAuditTrail(redis, { ...DEFAULT_AUDIT, keyPrefix });
const ledger = new RedisLedger(redis, { policy, hashOf, keyPrefix });
const gateway = new TwilioVerifyGateway({
  accountSid: `AC${'0'.repeat(32)}`,
  username: `SK${'0'.repeat(32)}`,
  password: 'secret',
  serviceSid: `VA${'0'.repeat(32)}`,
  baseUrl: TWILIO_URL,
  deadlines,
  ...DEFAULT_CAPACITY,
  queue: { limit: 10_000, waitMs: 5000 },
});
const resends = new ResendService(
  new AuditedLedgers(ledger, { audit, hashOf, nameOf: windowName }),
  gateway,
  policy,
  deadlines,
  new RedisPause(redis, keyPrefix),
);

const server = createServer((request, response) => {
  const handled = request.url === '/login' ? login(request, response) : answer(request, response);
  handled.catch((error: unknown) => refuse(response, error));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(PORT), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));

async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { identity } = (await json(request)) as { identity: string };
  const { token } = await sessions.register({ identity }, 600);
  write(response, 201, { token });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, headers } = request;
  const session = await sessions.find(headers.authorization?.slice('Bearer '.length) ?? '');
  if (typeof session === 'string') throw new Refusal('session-invalid', { reason: session });
  const challengeSid = challengeSidOf(request);
  const by = { actor: 'session' };
  if (method === 'GET') {
    const standing = await resends.standing(session, challengeSid, by);
    return write(response, 200, standingBody(standing, challengeSid, policy), rateLimitHeaders(standing));
  }
  const key = headers['idempotency-key'];
  const resent = await resends.resend({
    session,
    challengeSid,
    by,
    ...(typeof key === 'string' && { idempotencyKey: key }),
  });
  write(response, 201, resentBody(resent, challengeSid, policy), {
    ...rateLimitHeaders(resent.standing),
    ...(resent.replayed && { 'Idempotent-Replayed': 'true' }),
  });
}

function refuse(response: ServerResponse, error: unknown): void {
  const { code, details } = error instanceof Refusal ? error : ({ code: 'internal-error', details: {} } as const);
  const { status, title } = PROBLEMS[code];
  const { standing, waitMs } = details;
  const seconds = retryAfter(status, waitMs);
  write(
    response,
    status,
    { status, title, code, ...(standing && problemBody(standingBody(standing, challengeSidOf(response.req), policy))) },
    {
      ...(standing && rateLimitHeaders(standing)),
      ...(seconds !== undefined && { 'Retry-After': String(seconds) }),
    },
  );
}

function problemBody({ challenge, resend, nextAction }: ReturnType<typeof standingBody>) {
  return { ...(challenge && { challenge }), resend, nextAction };
}

function challengeSidOf({ url = '' }: IncomingMessage): string {
  return url.split('/')[3] ?? '';
}

function write(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
