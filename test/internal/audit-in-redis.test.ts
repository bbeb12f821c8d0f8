/** The audit trail of instances that share a Redis, and what becomes of taps when it can not be written. */
import { afterEach, expect, test, vi } from 'vitest';
import { identityHasher } from '@ledger/identity-hash.js';
import { RedisAuditTrail } from '@audit/redis-audit-trail.js';
import { ownCorner, redisUrl } from '../support/redis.js';
import { type ConsumerRig, startConsumerRig } from './consumer.js';

const hashOf = identityHasher('a secret that only the tests of this service have');

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(environment: Record<string, string>): Promise<ConsumerRig> {
  const started = await startConsumerRig({ REDIS_URL: redisUrl(), ...environment });
  ends.push(() => started.rig.close());
  return started;
}

function corner() {
  const own = ownCorner();
  ends.push(async () => own.redis.disconnect());
  return own;
}

const typesOf = ({ body }: { body: { events: { type: string }[] } }) => body.events.map(({ type }) => type);

test('what one instance did, the other tells', async () => {
  const { keyPrefix } = corner();
  const one = await start({ REDIS_KEY_PREFIX: keyPrefix });
  const two = await start({ REDIS_KEY_PREFIX: keyPrefix });
  const screen = await one.rig.login();
  await screen.tap().expect(201);
  await two.fraud.block(screen.identity).expect(200);
  const expected = ['block.set', 'resend.sent', 'session.registered'];
  for (const { desk } of [one, two]) {
    await expect.poll(async () => typesOf(await desk.events({ identity: screen.identity }))).toEqual(expected);
    await expect.poll(async () => typesOf(await desk.events({ limit: 3 }))).toEqual(expected);
  }
  expect((await one.desk.state(screen.identity)).body.block).toMatchObject({ actor: 'key:fraud' });
});

test('a trail that can not be written fails no tap; each event is in the log, and counted', async () => {
  const { redis, keyPrefix } = corner();
  const { rig, desk } = await start({ REDIS_KEY_PREFIX: keyPrefix });
  const screen = await rig.login();
  const kept = async () => typesOf(await desk.events({ identity: screen.identity }));
  await expect.poll(kept).toEqual(['session.registered']);
  await redis.set(`${keyPrefix}audit`, 'no stream', 'EX', 60);
  await redis.set(`${keyPrefix}{${hashOf(screen.identity)}}:audit`, 'no list', 'EX', 60);
  await screen.tap().expect(201);
  const lost = () =>
    rig
      .logged()
      .split('\n')
      .filter((line) => line.includes('"event":"audit.lost"'));
  await expect.poll(() => lost().length).toBe(1);
  expect(JSON.parse(lost()[0] ?? '')).toMatchObject({ level: 'error', type: 'resend.sent' });
  expect(rig.logged()).toMatch(/"type":"resend.sent".*"event":"audit"/);
  const { text } = await rig.ops.get('/metrics').expect(200);
  expect(text).toContain('push_resend_audit_errors_total 1\n');
  const { body } = await desk.events({ identity: screen.identity }).expect(503);
  expect(body.code).toBe('ledger-unavailable');
});

test('an instance that ends waits for what it is about to keep', async () => {
  const { keyPrefix } = corner();
  const { rig } = await startConsumerRig({ REDIS_URL: redisUrl(), REDIS_KEY_PREFIX: keyPrefix });
  const waiting = vi.spyOn(RedisAuditTrail.prototype, 'flush');
  await rig.close();
  expect(waiting).toHaveBeenCalledOnce();
  waiting.mockRestore();
});
