/**
 * The same as people really write it, with the packages that they take: limits on raw taps per address and per session
 * (express-rate-limit, rate-limit-redis), sessions (express-session, connect-redis), a counter in Redis, request logs
 * (pino-http), metrics (prom-client), the SDK as shipped. Its limits have the same holes as the afternoon's. A process of its
 * own; tells its port over IPC.
 */
import type { AddressInfo } from 'node:net';
import { RedisStore as SessionStore } from 'connect-redis';
import express, { type Request, type Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import session from 'express-session';
import { pinoHttp } from 'pino-http';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import { RedisStore as CounterStore } from 'rate-limit-redis';
import { createClient } from 'redis';
import { SESSION_TAPS_PER_MINUTE } from '../kinds.ts';
import { localTwilio } from './local-twilio.ts';

declare module 'express-session' {
  interface SessionData {
    identity: unknown;
  }
}

const { TWILIO_URL = '', REDIS_URL = '', PORT = '0' } = process.env;
const verify = localTwilio(TWILIO_URL);
const redis = createClient({ url: REDIS_URL });
await redis.connect();
collectDefaultMetrics();
const durations = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of HTTP requests.',
  labelNames: ['method', 'route', 'status'],
});

const app = express();
app.set('trust proxy', 'loopback');
app.use(pinoHttp());
app.use((request, response, next) => {
  const end = durations.startTimer();
  response.once('finish', () => {
    const route = (request.route as { path: string } | undefined)?.path ?? '';
    end({ method: request.method, route, status: response.statusCode });
  });
  next();
});
app.use(express.json());
app.use(
  session({
    store: new SessionStore({ client: redis, prefix: 'peer:session:' }),
    secret: 'the secret of the peer',
    resave: false,
    saveUninitialized: false,
  }),
);

app.post('/login', (request, response) => {
  request.session.identity = (request.body as { identity: string }).identity;
  response.status(201).json({});
});
const path = '/v1/challenges/:challengeSid';
app.post(`${path}/notifications`, ...limitedTo('taps', SESSION_TAPS_PER_MINUTE), (request, response) => {
  resend(request, response).catch(() => response.status(500).end());
});
app.get(path, ...limitedTo('looks', 10 * SESSION_TAPS_PER_MINUTE), (request, response) => {
  look(request, response).catch(() => response.status(500).end());
});
const server = app.listen(Number(PORT), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
server.keepAliveTimeout = 60_000;

function limitedTo(what: string, perMinute: number) {
  const limit = (by: string, most: number, keyGenerator: (request: Request) => string) =>
    rateLimit({
      windowMs: 60_000,
      limit: most,
      standardHeaders: 'draft-8',
      legacyHeaders: false,
      keyGenerator,
      store: new CounterStore({
        prefix: `peer:${what}:${by}:`,
        sendCommand: (...args: string[]) => redis.sendCommand(args),
      }),
    });
  return [
    limit('address', 100_000, ({ ip = '' }) => ipKeyGenerator(ip)),
    limit('session', perMinute, ({ sessionID }) => sessionID),
  ];
}

async function resend(request: Request, response: Response): Promise<void> {
  const { identity } = request.session;
  if (typeof identity !== 'string') return void response.status(401).end();
  const key = `peer:${identity}`;
  const taps = await redis.incr(key);
  if (taps === 1) await redis.expire(key, 60);
  if (taps > 1) return void response.status(429).json({ retryAfterSeconds: await redis.ttl(key) });
  const challenge = verify.entities(identity).challenges(String(request.params['challengeSid']));
  const { status } = await challenge.fetch();
  if (status !== 'pending') return void response.status(409).json({ status });
  const { sid } = await challenge.notifications.create({ ttl: 50 });
  response.status(201).json({ sid });
}

async function look(request: Request, response: Response): Promise<void> {
  const { identity } = request.session;
  if (typeof identity !== 'string') return void response.status(401).end();
  const retryAfterSeconds = await redis.ttl(`peer:${identity}`);
  const { status } = await verify.entities(identity).challenges(String(request.params['challengeSid'])).fetch();
  response.json({ status, retryAfterSeconds });
}
