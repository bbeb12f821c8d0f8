/** From the start of an application to its end: what is counted, what is closed, what a second start finds. */
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { Counter, Registry } from '@prometheus-io/client';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Drain, type PushResendExtras, PushResendModule, type PushResendOptions } from '@nest/index.js';
import { PushResendTestingModule, ScriptedTwilio } from '@nest/testing/index.js';
import { redisUrl } from '../support/redis.js';
import { type HostUser, LoginGuard, PLATFORMS, type Platform, startHost } from './host.js';

const session = ({ user }: { user?: HostUser }) => user;
const routes = { public: { path: 'pushes', guards: [LoginGuard] } };
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** Fetches of it wait until they are let go. */
class SlowTwilio extends ScriptedTwilio {
  readonly asked = Promise.withResolvers<void>();
  readonly letGo = Promise.withResolvers<void>();

  override async fetchChallenge(identity: string, challengeSid: string) {
    this.asked.resolve();
    await this.letGo.promise;
    return super.fetchChallenge(identity, challengeSid);
  }
}

/** One tap by a caller that hangs up while Twilio is asked. */
async function hangUp(platform: Platform, age: number, metrics = new Registry()) {
  const twilio = new SlowTwilio();
  const { app } = await startHost(platform, PushResendTestingModule.forRoot({ session, routes, twilio, metrics }));
  opened.push(() => app.close());
  const sid = twilio.challenge({ identity: 'somebody-0001', ageSeconds: age });
  const socket = connect(Number(new URL(await app.getUrl()).port), '127.0.0.1');
  const head = `POST /api/pushes/${sid}/notifications HTTP/1.1\r\nHost: x\r\nAuthorization: Login somebody-0001`;
  socket.write(`${head}\r\nContent-Length: 0\r\n\r\n`);
  await twilio.asked.promise;
  socket.destroy();
  const server: Server = app.getHttpServer();
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(0);
  return { app, twilio };
}

describe.each(PLATFORMS)('a caller hangs up, on %s', (platform) => {
  test.each([
    ['sent', 60, 'operation="resend",outcome="sent",code="none"'],
    ['refused', 5, 'operation="resend",outcome="refused",code="cooling-down"'],
  ] as const)('the tap is %s: it is waited for, and counted as that', async (_, age, counted) => {
    const metrics = new Registry();
    const { app, twilio } = await hangUp(platform, age, metrics);
    const drain = app.get(Drain);
    expect(await drain.drain(1)).toBe(1);
    twilio.letGo.resolve();
    expect(await drain.drain(5000)).toBe(0);
    const lines = (await metrics.metrics()).split('\n');
    const requests = lines.filter((line) => /^push_resend_requests_total.* [1-9]/.test(line));
    expect(requests).toEqual([`push_resend_requests_total{${counted}} 1`]);
  });

  test('the end of the application waits for the tap, also while it is drained', async () => {
    const { app, twilio } = await hangUp(platform, 60);
    const order: string[] = [];
    const drained = app.get(Drain).drain(60_000);
    const closed = app.close().then(() => order.push('closed'));
    setTimeout(() => {
      order.push('let go');
      twilio.letGo.resolve();
    }, 100);
    await Promise.all([closed, drained]);
    expect(order).toEqual(['let go', 'closed']);
    expect(twilio.sent).toHaveLength(1);
  });
});

describe('a failed start leaves nothing open', () => {
  test.each<[what: string, options: Partial<PushResendOptions> & PushResendExtras, complaint: RegExp]>([
    ['options', { consumers: { apiKeysFile: '/there/is/no/such/file' } }, /no such file/],
    ['routes', { routes: { internal: { path: 'support' } } }, /is unprotected/],
  ])('with wrong %s', async (_, more, complaint) => {
    const client = new Redis(redisUrl(), { lazyConnect: true });
    const copied = vi.spyOn(client, 'duplicate');
    const metrics = new Registry();
    const identityHashSecret = 'a secret that only the tests of this module have';
    const options = { twilio: new ScriptedTwilio(), redis: client, identityHashSecret, session, metrics, ...more };
    const [begun, cleared] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(startHost('fastify', PushResendModule.forRoot(options))).rejects.toThrow(complaint);
    const statuses = () => copied.mock.results.map(({ value }) => (value as Redis).status);
    await expect.poll(statuses).toEqual(['end', 'end']);
    expect(metrics.getMetricsAsArray()).toEqual([]);
    const intervals = begun.mock.results.map(({ value }): unknown => value);
    expect(intervals.filter((interval) => !cleared.mock.calls.flat().includes(interval as never))).toEqual([]);
  });

  test('with a Redis that is a node of a Cluster', async () => {
    const client = new Redis(redisUrl(), { lazyConnect: true });
    const info = vi.spyOn(Redis.prototype, 'info').mockResolvedValue('redis_mode:cluster');
    onTestFinished(() => info.mockRestore());
    const metrics = new Registry();
    const identityHashSecret = 'a secret that only the tests of this module have';
    const options = { twilio: new ScriptedTwilio(), redis: client, identityHashSecret, session, metrics };
    await expect(startHost('fastify', PushResendModule.forRoot(options))).rejects.toThrow(/node of a Redis Cluster/);
    expect(metrics.getMetricsAsArray()).toEqual([]);
  });
});

test('a closed application gives the registry back, with the metrics of the host', async () => {
  const metrics = new Registry();
  const own = new Counter({ name: 'host_logins_total', help: 'Logins.', registers: [metrics] });
  for (const _ of ['first', 'second']) {
    const { app } = await startHost('fastify', PushResendTestingModule.forRoot({ session, metrics }));
    expect(await metrics.metrics()).toContain('push_resend_requests_total');
    await app.close();
    await app.close();
    expect(metrics.getMetricsAsArray()).toEqual([own]);
  }
});
