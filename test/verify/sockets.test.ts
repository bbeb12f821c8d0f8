import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { httpServer } from './servers.js';
import { challenge, notification, respond, rigAt } from './verify-fixtures.js';

it('a hundred calls in a row share their sockets', async () => {
  const twilio = await httpServer((_, response) => respond(response, 200, challenge));
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 64 });
  for (let call = 0; call < 100; call += 1) expect(await rig.fetch()).toMatchObject({ kind: 'learnt' });
  expect(twilio.requests).toHaveLength(100);
  expect(twilio.sockets).toBeLessThanOrEqual(2);
});

it('64 calls at once are all under way at once', async () => {
  const waiting: ServerResponse[] = [];
  const twilio = await httpServer((_, response) => {
    waiting.push(response);
    if (waiting.length === 64) for (const each of waiting) respond(each, 201, notification);
  });
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 64 });
  const outcomes = await Promise.all(Array.from({ length: 64 }, () => rig.create()));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 64 }, () => 'sent'));
  expect(twilio.sockets).toBe(64);
});

it('there are no more sockets than resends allowed at once', async () => {
  const twilio = await httpServer((_, response) => respond(response, 201, notification));
  const rig = rigAt(twilio.baseUrl, { maxConcurrent: 3 });
  await Promise.all(Array.from({ length: 30 }, () => rig.create()));
  expect(twilio.requests).toHaveLength(30);
  expect(twilio.sockets).toBeLessThanOrEqual(3);
});
