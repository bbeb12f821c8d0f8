/** Calls of Twilio's that lead nowhere: not one of them is lost without a word. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { PATH, startWebhookRig } from './webhook-rig.js';

const SIGNATURE = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=';

let rig: Rig;
beforeAll(async () => {
  rig = await startWebhookRig();
});
afterAll(() => rig.close());

/** What the log says of a call, one line or none. */
async function said(by: Rig, port: 'api' | 'ops', path: string, headers: Record<string, string>): Promise<string[]> {
  const before = by.logged().length;
  await by[port].post(path).set(headers).type('form').send('type=challenge.approved').expect(404);
  const lines = by.logged().slice(before).split('\n');
  return lines.filter((line) => line.includes('"event":"webhook"'));
}

test.each([`/${PATH}`, '/webhooks//twilio/verify', '/webhooks/twilio//verify'])('two slashes: %s', async (path) => {
  const [line, ...more] = await said(rig, 'api', path, { 'x-twilio-signature': SIGNATURE });
  expect(JSON.parse(line ?? '')).toMatchObject({ level: 'warn', result: 'not-found', surface: 'public' });
  expect(line).toContain('its path has two slashes in a row; at Twilio, enter the value of PUBLIC_URL');
  expect(line).toContain('"requestId":');
  expect(line).not.toContain(SIGNATURE);
  expect(more).toEqual([]);
});

test.each([`${PATH}/`, `/push${PATH}`, '/'])('a path that nobody serves: %s', async (path) => {
  const [line = ''] = await said(rig, 'api', path, { 'x-twilio-signature': SIGNATURE });
  expect(line).toContain('no route serves its path; at Twilio, enter the value of PUBLIC_URL');
});

test('the private port', async () => {
  const [line = ''] = await said(rig, 'ops', PATH, { 'x-twilio-signature': SIGNATURE });
  expect(line).toContain('received on the private port');
});

test('a service without webhooks', async () => {
  const without = await startRig();
  const [line = ''] = await said(without, 'api', PATH, { 'x-twilio-signature': SIGNATURE });
  expect(line).toContain('webhooks are disabled; set TWILIO_AUTH_TOKEN');
  await without.close();
});

test('whoever shows no signature is not mistaken for Twilio', async () => {
  expect(await said(rig, 'api', `/${PATH}`, {})).toEqual([]);
});
