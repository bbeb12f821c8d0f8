/** Clients without a credential that never finish the bodies of their requests, against the built service. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';
import { Site } from './site.js';
import { sendUnfinished } from './unfinished-bodies.js';

const IN_FLIGHT = 300;
/** Less than the grace of a shutdown. */
const ENDS_WITHIN_MS = 10_000;
const WEBHOOK = '/webhooks/twilio/verify';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

let site: Site;
beforeAll(() => void builtOnce(), 180_000);
beforeEach(async () => {
  const settings = {
    TWILIO_AUTH_TOKEN: 'a-token-that-signs-nothing-here',
    PUBLIC_URL: 'https://login.example.com',
    MAX_REQUESTS_IN_FLIGHT: String(IN_FLIGHT),
    MAX_EVENT_LOOP_DELAY_MS: '60000', // of a busy machine
  };
  site = await Site.start(builtOnce(), { settings });
  onTestFinished(() => site.stop());
});

test.each([
  ['taps', `/v1/challenges/YC${'0'.repeat(32)}/notifications`, JSON_TYPE],
  ['webhooks', WEBHOOK, FORM_TYPE],
])('more unfinished %s than requests may be in flight take no place of the others', async (_, path, type) => {
  const screen = await site.screen();
  await sendUnfinished({ port: site.service.publicPort, connections: IN_FLIGHT + 100, path, type });
  await sleep(500); // until they are taken
  for (let time = 0; time < 10; time++) {
    expect(await site.look(screen)).toMatchObject({ status: 200 });
    expect(await site.tap(await site.screen())).toMatchObject({ status: 201 });
  }
});

test('unfinished webhooks that are sent again and again do not hold up SIGTERM', async () => {
  const one = { port: site.service.publicPort, connections: 1, path: WEBHOOK, type: JSON_TYPE };
  await sendUnfinished(one);
  await sleep(1500); // no two of them end together
  await sendUnfinished(one);
  await sleep(500);
  const toldAt = performance.now();
  site.service.kill('SIGTERM');
  expect(await site.service.end()).toBe(0);
  expect(performance.now() - toldAt).toBeLessThan(ENDS_WITHIN_MS);
});
