/**
 * L, the least that keeps the same promises: `node:http` around the service's own sessions, kill switch, ledger, audit
 * trail, gateway to Twilio and story. No framework, no limits on raw taps, no validation beyond the story's own, no logs,
 * no metrics. LIBS: the folder of the compiled libs. A process of its own; tells its port over IPC.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

const { LIBS = '', TWILIO_URL = '', REDIS_URL = '', PORT = '0' } = process.env;
const [
  { AuditedLedgers },
  { RedisAuditTrail },
  { identityHasher },
  { RedisPause },
  { RedisLedger },
  { PROBLEMS },
  { rateLimitHeaders, resentBody, retryAfter, standingBody, windowName },
  { DEFAULT_AUDIT, DEFAULT_CAPACITY, DEFAULT_DEADLINES, DEFAULT_POLICY },
  { connectLedger, connectSessions, open },
  { placeOf },
  { Refusal },
  { ResendService },
  { RedisSessionStore },
  { TokenSessions },
  { TwilioVerifyGateway },
] = await Promise.all([
  compiled<typeof import('@audit/audited-ledger.js')>('audit/src/audited-ledger.js'),
  compiled<typeof import('@audit/redis-audit-trail.js')>('audit/src/redis-audit-trail.js'),
  compiled<typeof import('@ledger/identity-hash.js')>('ledger/src/identity-hash.js'),
  compiled<typeof import('@ledger/pause.js')>('ledger/src/pause.js'),
  compiled<typeof import('@ledger/redis-ledger.js')>('ledger/src/redis-ledger.js'),
  compiled<typeof import('@nest/answers/problems.js')>('nestjs/src/answers/problems.js'),
  compiled<typeof import('@nest/answers/standing-body.js')>('nestjs/src/answers/standing-body.js'),
  compiled<typeof import('@nest/parts/defaults.js')>('nestjs/src/parts/defaults.js'),
  compiled<typeof import('@redis/connection.js')>('redis/src/connection.js'),
  compiled<typeof import('@redis/place.js')>('redis/src/place.js'),
  compiled<typeof import('@resend/refusals.js')>('resend/src/refusals.js'),
  compiled<typeof import('@resend/resend.service.js')>('resend/src/resend.service.js'),
  compiled<typeof import('@sessions/session-stores.js')>('sessions/src/session-stores.js'),
  compiled<typeof import('@sessions/token-sessions.js')>('sessions/src/token-sessions.js'),
  compiled<typeof import('@verify/twilio-verify-gateway.js')>('verify/src/twilio-verify-gateway.js'),
]);

// As the service is set for the benchmark.
const policy = { ...DEFAULT_POLICY, coalesceMs: 0, leaseMs: 60_000, challengeCacheMs: 60_000 };
const deadlines = { ...DEFAULT_DEADLINES, fetchMs: 10_000, createMs: 10_000, dispatchToSendMs: 5000 };
const keyPrefix = 'least:';

const place = placeOf(REDIS_URL);
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
  if (!session) throw new Refusal('session-invalid');
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
    { status, title, code, ...(standing && standingBody(standing, challengeSidOf(response.req), policy)) },
    {
      ...(standing && rateLimitHeaders(standing)),
      ...(seconds !== undefined && { 'Retry-After': String(seconds) }),
    },
  );
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

function compiled<Module>(path: string): Promise<Module> {
  return import(`${LIBS}/${path}`) as Promise<Module>;
}
