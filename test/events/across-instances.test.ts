/** What one instance learns reaches the screens that listen to another, over a real Redis. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { redisUrl } from '../support/redis.js';
import { type Rig, startRig } from '../support/rig.js';
import { PUBLIC_URL, startWebhookRig } from '../webhook/webhook-rig.js';
import { hangUpAll, listen } from './listening.js';

const rigs: Rig[] = [];
afterEach(async () => {
  hangUpAll();
  for (const rig of rigs.splice(0).toReversed()) await rig.close();
});

/** One instance that Twilio calls, and another that only shares its Redis. */
async function twoInstances(more: Record<string, string> = {}): Promise<[Rig, Rig]> {
  const environment = {
    REDIS_URL: redisUrl(),
    REDIS_KEY_PREFIX: `test:${randomBytes(6).toString('hex')}:`,
    // A look without a notice would come too late for the test.
    EVENTS_HEARTBEAT_SECONDS: '60',
    ...more,
  };
  const one = await startWebhookRig(environment);
  const { baseUrl } = await one.simulate<{ baseUrl: string }>('GET', '');
  const webhooks = { TWILIO_AUTH_TOKEN: demoCredentials.authToken, PUBLIC_URL };
  const two = await startRig({ ...environment, ...webhooks, TWILIO_BASE_URL: baseUrl });
  rigs.push(one, two);
  return [one, two];
}

test.each(['approved', 'denied'] as const)(
  '%s by a webhook on one, told on the other, which then ends',
  async (status) => {
    const [one, two] = await twoInstances();
    const screen = await one.login();
    const stream = await listen(two, screen);
    await expect.poll(stream.shows).toBe('pending ready');
    await screen.respond(status);
    expect(await stream.ended).toBe('ended');
    expect(stream.shows()).toBe(`${status} closed`);
    expect(stream.standings.at(-1)).toEqual((await screen.look().expect(200)).body);
  },
);
