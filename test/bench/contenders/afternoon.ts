/**
 * What one writes in an afternoon: Express, the SDK as shipped, a counter with an expiry in Redis. Its limits have holes,
 * and the docs do not recommend it. A process of its own; tells its port over IPC.
 */
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { Redis } from 'ioredis';
import { localTwilio } from './local-twilio.ts';

const { TWILIO_URL = '', REDIS_URL = '', PORT = '0' } = process.env;
const verify = localTwilio(TWILIO_URL);
const redis = new Redis(REDIS_URL);

const app = express();
app.use(express.json());
app.post('/v1/challenges/:challengeSid/notifications', (request, response) => {
  resend(request, response).catch(() => response.status(500).end());
});
const server = app.listen(Number(PORT), '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
server.keepAliveTimeout = 60_000;

async function resend(request: Request, response: Response): Promise<void> {
  const identity = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const key = `afternoon:${identity}`;
  const taps = await redis.incr(key);
  if (taps === 1) await redis.expire(key, 60);
  if (taps > 1) {
    response.status(429).json({ retryAfterSeconds: await redis.ttl(key) });
    return;
  }
  const challenge = verify.entities(identity).challenges(String(request.params['challengeSid']));
  const { status } = await challenge.fetch();
  if (status !== 'pending') {
    response.status(409).json({ status });
    return;
  }
  const { sid } = await challenge.notifications.create({ ttl: 50 });
  response.status(201).json({ sid });
}
