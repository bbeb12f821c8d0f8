/** Clients without a credential that never finish the bodies of their requests, against the built service. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';
import { Site } from './site.js';
import { sendUnfinished } from './unfinished-bodies.js';

const IN_FLIGHT = 300;
const WEBHOOK = '/webhooks/twilio/verify';
const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

let site: Site;
beforeEach(async () => {
  const settings = {
    TWILIO_AUTH_TOKEN: 'a-token-that-signs-nothing-here',
    PUBLIC_URL: 'https://login.example.com',
    MAX_REQUESTS_IN_FLIGHT: String(IN_FLIGHT),
    MAX_EVENT_LOOP_DELAY_MS: '60000', // of a busy machine
  };
  site = await Site.start(builtOnce(), { settings });
  onTestFinished(() => site.stop());
}, 120_000);

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
