import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import { Refusal } from '@resend/refusals.js';
import { type ConsumerRig, startConsumerRig } from '../internal/consumer.js';
import { startWebhookRig } from '../webhook/webhook-rig.js';
import { type Exposition, scrape } from './exposition.js';

let all: ConsumerRig;
beforeAll(async () => {
  all = await startConsumerRig();
});
afterAll(() => all.rig.close());

const actions = (exposition: Exposition) =>
  ['reset', 'block', 'unblock', 'pause', 'resume'].map((action) =>
    exposition.value('push_resend_admin_actions_total', { action }),
  );

test('what support and operators change is counted by kind; what they only ask is not', async () => {
  const { rig, desk } = all;
  const { identity } = await rig.login();
  expect(actions(await scrape(rig))).toEqual([0, 0, 0, 0, 0]);
  await desk.reset(identity).expect(201);
  await desk.block(identity).expect(200);
  await desk.block(identity).expect(200);
  await desk.unblock(identity).expect(204);
  await desk.state(identity).expect(200);
  await desk.pause({ paused: true, reason: 'incident 991', expiresInSeconds: 60 }).expect(200);
  await desk.pause({ paused: false, reason: 'over' }).expect(200);
  await desk.paused().expect(200);
  expect(actions(await scrape(rig))).toEqual([1, 2, 1, 1, 1]);
});

test('the kill switch shows, and what it refuses is nobody’s fault', async () => {
  const { rig, desk } = all;
  const screen = await rig.login();
  const paused = async () => (await scrape(rig)).value('push_resend_paused');
  const ends = async () => {
    const exposition = await scrape(rig);
    return ['served', 'refused', 'paused', 'own-fault', 'provider-fault'].map((end) =>
      exposition.value('push_resend_presses_total', { end }),
    );
  };
  expect(await paused()).toBe(0);
  const before = await ends();
  await desk.pause({ paused: true, reason: 'incident 992', expiresInSeconds: 60 }).expect(200);
  expect(await paused()).toBe(1);
  await screen.tap().expect(503);
  rig.wait(60);
  expect(await paused()).toBe(0);
  expect((await ends()).map((end, index) => end - (before[index] ?? 0))).toEqual([0, 0, 1, 0, 0]);
});

test('a resend on behalf is a press, and a dry run is none', async () => {
  const { rig, desk } = all;
  const { identity, challengeSid } = await rig.login();
  const counted = async () => {
    const exposition = await scrape(rig);
    const ends = ['sent', 'replayed', 'told'].map((outcome) =>
      exposition.value('push_resend_requests_total', { operation: 'resend-on-behalf', outcome }),
    );
    return [...ends, exposition.value('push_resend_presses_total', { end: 'served' })];
  };
  const [, , , served = 0] = await counted();
  await desk.resend(identity, challengeSid, { dryRun: true }).expect(200);
  expect(await counted()).toEqual([0, 0, 1, served]);
  await desk.resend(identity, challengeSid).expect(201);
  await desk.resend(identity, challengeSid).expect(201);
  expect(await counted()).toEqual([1, 1, 1, served + 2]);
});

test('a dry run is none also when it fails or is refused: it burns no budget', async () => {
  const { rig, desk } = all;
  const { identity, challengeSid } = await rig.login();
  const counted = async () => {
    const { series } = await scrape(rig);
    const of = (name: string) => series.filter((one) => one.name === name).reduce((sum, { value }) => sum + value, 0);
    return [of('push_resend_presses_total'), of('push_resend_requests_total')];
  };
  const [presses = 0, requests = 0] = await counted();
  await desk.resend(identity, challengeSid, { dryRun: true, reason: `it is ${identity}` }).expect(400);
  const asking = vi.spyOn(InProcessLedger.prototype, 'run');
  asking.mockRejectedValueOnce(new Refusal('ledger-unavailable'));
  await desk.resend(identity, challengeSid, { dryRun: true }).expect(503);
  asking.mockRestore();
  expect(await counted()).toEqual([presses, requests + 2]);
});

test('a blocked user who presses is at that limit, until the block ends', async () => {
  const { rig, desk } = all;
  const screen = await rig.login();
  const blocked = async () => (await scrape(rig)).value('push_resend_users_at_limit', { limit: 'blocked' });
  await desk.block(screen.identity).expect(200);
  expect(await blocked()).toBe(0);
  await screen.tap().expect(429);
  expect(await blocked()).toBe(1);
  await desk.unblock(screen.identity).expect(204);
  expect(await blocked()).toBe(0);
});

test('a reset takes a user off the limits that it lifts', async () => {
  const { rig, desk } = all;
  const denied = await rig.login();
  const held = async () => (await scrape(rig)).value('push_resend_users_at_limit', { limit: 'held-after-denial' });
  await denied.respond('denied');
  await denied.look().expect(200);
  const next = await rig.login({ identity: denied.identity });
  await next.tap().expect(429);
  expect(await held()).toBe(1);
  await desk.reset(denied.identity).expect(201);
  expect(await held()).toBe(0);
});

test('a webhook tells of an answer that nobody looked for, and when the last one came', async () => {
  expect((await scrape(all.rig)).value('push_resend_webhooks_expected')).toBe(0);
  const rig = await startWebhookRig();
  try {
    const before = await scrape(rig);
    expect(before.value('push_resend_webhooks_expected')).toBe(1);
    expect(before.value('push_resend_last_webhook_timestamp_seconds')).toBe(0);
    const screen = await rig.login();
    await screen.tap().expect(201);
    await screen.respond('denied');
    const after = await scrape(rig);
    expect(after.value('push_resend_challenge_outcomes_total', { outcome: 'denied', resends: '1' })).toBe(1);
    expect(Date.now() / 1000 - after.value('push_resend_last_webhook_timestamp_seconds')).toBeLessThan(60);
  } finally {
    await rig.close();
  }
});
