import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { Load } from '../../apps/resend/src/http/load.js';

function loadOf(limits: { mostRequests: number; mostDelayMs: number }): Load {
  const load = new Load(limits);
  onTestFinished(() => load.close());
  return load;
}

/** Keeps the event loop until it has noticed. */
async function block(ms: number): Promise<void> {
  await sleep(60); // from measurement to measurement
  for (const until = performance.now() + ms; performance.now() < until; ) continue;
  await sleep(0);
}

test('it is full while as many requests are worked on as may be', () => {
  const load = loadOf({ mostRequests: 2, mostDelayMs: 60_000 });
  load.begin();
  expect(load.isFull).toBe(false);
  load.begin();
  expect(load.isFull).toBe(true);
  load.end();
  expect(load.isFull).toBe(false);
});

test('it is full after the event loop was late for many requests, and not for ever', async () => {
  const load = loadOf({ mostRequests: 1000, mostDelayMs: 20 });
  for (let request = 0; request < 60; request++) load.begin();
  await block(200);
  expect(load.isFull).toBe(true);
  await expect.poll(() => load.isFull).toBe(false);
});

test('a late event loop alone is no reason: the machine may have paused', async () => {
  const load = loadOf({ mostRequests: 1000, mostDelayMs: 20 });
  load.arrive();
  await block(200);
  expect(load.isFull).toBe(false);
});
