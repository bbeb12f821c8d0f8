/** Event streams of two instances while something is wrong with their Redis. */
import { afterEach, expect, test } from 'vitest';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { hangUpAll, listen } from '../events/listening.js';
import { type Rig, startRig } from '../support/rig.js';
import { PUBLIC_URL, startWebhookRig } from '../webhook/webhook-rig.js';
import { admit, PASSWORD } from './documented-users.js';
import { type OwnServer, Started } from './own-servers.js';

const started = new Started();
afterEach(() => {
  hangUpAll();
  return started.stopAll();
});

/** One instance that Twilio calls, and one that is told by Redis alone, or looks again after `heartbeatSeconds`. */
async function twoInstances({ url }: OwnServer, heartbeatSeconds: number): Promise<[Rig, Rig]> {
  const environment = {
    REDIS_URL: url,
    REDIS_USERNAME: 'push-resend-ledger',
    REDIS_PASSWORD: PASSWORD,
    REDIS_COMMAND_TIMEOUT_MS: '1000',
    EVENTS_HEARTBEAT_SECONDS: String(heartbeatSeconds),
  };
  const one = await startWebhookRig(environment);
  started.add(() => one.close());
  const { baseUrl } = await one.simulate<{ baseUrl: string }>('GET', '');
  const webhooks = { TWILIO_AUTH_TOKEN: demoCredentials.authToken, PUBLIC_URL, TWILIO_BASE_URL: baseUrl };
  const two = await startRig({ ...environment, ...webhooks });
  started.add(() => two.close());
  return [one, two];
}

/** The rights of both documented users. */
const BOTH = ['~push-resend:session:*'];

test('streams outlive a lost Redis, and learn at once again when it is back', async () => {
  const server = await started.server();
  await admit(server.admin, 'push-resend-ledger', ...BOTH);
  const [one, two] = await twoInstances(server, 60);
  const [approved, other] = [await one.login(), await one.login()];
  const streams = [await listen(two, approved), await listen(two, other)];
  await expect.poll(() => streams.map(({ shows }) => shows())).toEqual(['pending ready', 'pending ready']);
  for (const type of ['normal', 'pubsub']) await server.admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
  await expect.poll(() => two.logged().match(/"event":"redis.back","connection":"events"/g)?.length).toBe(1);
  for (const { ops } of [one, two]) await expect.poll(async () => (await ops.get('/readyz')).status).toBe(200);
  await approved.respond('approved');
  expect(await streams[0]?.ended).toBe('ended');
  expect(streams.map(({ shows }) => shows())).toEqual(['approved closed', 'pending ready']);
});

test('what happens while Redis can not be heard is told when it can be heard again', async () => {
  const server = await started.server();
  await admit(server.admin, 'push-resend-ledger', ...BOTH);
  const [one, two] = await twoInstances(server, 60);
  const screen = await one.login();
  const stream = await listen(two, screen);
  await expect.poll(stream.shows).toBe('pending ready');
  await server.admin.call('ACL', 'SETUSER', 'push-resend-ledger', '-publish');
  await screen.respond('approved');
  await expect.poll(() => one.logged()).toMatch(/"event":"notices.refused","command":"publish"/);
  expect(stream.shows()).toBe('pending ready');
  await server.admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
  expect(await stream.ended).toBe('ended');
  expect(stream.shows()).toBe('approved closed');
});

test('without the rights to be told, a tap works, the log says so, and streams find out by looking again', async () => {
  const server = await started.server();
  await admit(server.admin, 'push-resend-ledger', ...BOTH, 'resetchannels', '-publish', '-subscribe');
  const [one, two] = await twoInstances(server, 2);
  const screen = await one.login();
  const stream = await listen(two, screen);
  await screen.tap().expect(201);
  await screen.respond('approved');
  expect(await stream.ended).toBe('ended');
  expect(stream.shows()).toBe('approved closed');
  expect(one.logged()).toMatch(/"event":"notices.refused","command":"publish"/);
  expect(two.logged()).toMatch(/"event":"notices.refused","command":"subscribe"/);
});
