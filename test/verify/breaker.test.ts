import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Refusal } from '@resend/refusals.js';
import { Breaker, type BreakerState } from '@verify/breaker.js';
import type { TwilioVerifyGatewayOptions } from '@verify/twilio-verify-gateway.js';
import { httpServer, type RunningServer } from './servers.js';
import { challenge, IDENTITY, notification, respond, type Rig, rigAt, twilioError } from './verify-fixtures.js';

const OPEN_MS = 5_000;
const down = { status: 503, body: 'down' } as { status: number; body: unknown };
const up = { status: 200, body: challenge };

let now: number;
let changes: BreakerState[];
let answer: { status: number; body: unknown };
let held: (() => void)[] | undefined;
let twilio: RunningServer;
let rig: Rig;
beforeEach(async () => {
  now = 1_000;
  changes = [];
  answer = down;
  held = undefined;
  twilio = await httpServer(({ method }, response) => {
    const { status, body } = answer;
    const reply = () =>
      status === 200 && method === 'POST' ? respond(response, 201, notification) : respond(response, status, body);
    if (held) held.push(reply);
    else reply();
  });
  rig = start();
});

function start(options: Partial<TwilioVerifyGatewayOptions> = {}): Rig {
  return rigAt(twilio.baseUrl, {
    breaker: { failures: 3, openMs: OPEN_MS, now: () => now, onChange: (state) => changes.push(state) },
    ...options,
  });
}

const slotRefusal = async () => {
  try {
    const slot = await rig.gateway.takeSlot(IDENTITY, 'tap');
    onTestFinished(() => slot[Symbol.dispose]());
    return 'given';
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { code: error.code, waitMs: error.details.waitMs };
  }
};
const open = async () => {
  for (let call = 0; call < 3; call += 1) await rig.fetch();
};

describe('the breaker opens', () => {
  it('after so many failures in a row, and refuses at once with the exact wait', async () => {
    await rig.fetch();
    await rig.fetch();
    expect(await slotRefusal()).toBe('given');
    await rig.create();
    expect(changes).toEqual(['open']);
    now += 1_000;
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: OPEN_MS - 1_000 });
    expect(twilio.requests).toHaveLength(3);
  });

  it('and calls whose slot was taken before are not made either, which is proof that nothing was sent', async () => {
    const { gateway } = rig;
    using _slot = await gateway.takeSlot(IDENTITY, 'tap');
    await open();
    expect(await rig.fetch()).toEqual({ kind: 'failed', code: 'provider-unavailable', waitMs: OPEN_MS });
    expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-unavailable', waitMs: OPEN_MS });
    expect(twilio.requests).toHaveLength(3);
    expect(rig.codes().slice(3)).toEqual(['breaker-open', 'breaker-open']);
  });

  it.each([
    ['a Twilio code', 400, twilioError(400, 60_300)],
    ['60309', 429, twilioError(429, 60_309)],
    ['20429', 429, twilioError(429, 20_429)],
    ['wrong credentials', 401, twilioError(401, 20_003)],
    ['a 4xx that is not Twilio’s', 403, '<html>'],
  ])('not on a refusal: %s', async (_, status, body) => {
    answer = { status, body };
    for (let call = 0; call < 5; call += 1) await rig.create();
    expect(changes).toEqual([]);
    expect(twilio.requests).toHaveLength(5);
  });

  it.each([
    ['another Challenge', { ...challenge, sid: `YC${'f'.repeat(32)}` }],
    ['another identity', { ...challenge, identity: 'somebody-else-0001' }],
  ])('not on answers about %s, as a caller who spells oddly could bring them about', async (_, body) => {
    answer = { status: 200, body };
    for (let call = 0; call < 5; call += 1) await rig.fetch();
    expect(changes).toEqual([]);
    expect(rig.codes()).toEqual(Array.from({ length: 5 }, () => 'unreadable'));
  });

  it('not on failures with something good in between', async () => {
    for (let round = 0; round < 3; round += 1) {
      answer = down;
      await rig.fetch();
      await rig.fetch();
      answer = up;
      await rig.fetch();
    }
    expect(changes).toEqual([]);
  });

  it('while some wait for room: these are refused as well, and nobody waits any more', async () => {
    rig = start({ maxConcurrent: 1, queue: { limit: 1, waitMs: 10_000 } });
    const inside = await rig.gateway.takeSlot(IDENTITY, 'tap');
    const waiting = slotRefusal();
    await open();
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: OPEN_MS });
    inside[Symbol.dispose]();
    expect(await waiting).toEqual({ code: 'provider-unavailable', waitMs: OPEN_MS });
    now += OPEN_MS;
    expect(await slotRefusal()).toBe('given');
  });
});

describe('the breaker that may be tried', () => {
  beforeEach(async () => {
    await open();
    now += OPEN_MS;
  });

  it('lets one in, refuses the others meanwhile, and closes when its fetch goes well', async () => {
    answer = up;
    held = [];
    const slot = await rig.gateway.takeSlot(IDENTITY, 'tap');
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: undefined });
    const probe = rig.fetch();
    await expect.poll(() => held?.length).toBe(1);
    expect(await rig.fetch()).toEqual({ kind: 'failed', code: 'provider-unavailable' });
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: undefined });
    held[0]?.();
    held = undefined;
    expect(await probe).toMatchObject({ kind: 'learnt' });
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    expect(await slotRefusal()).toBe('given');
    expect(await rig.create()).toMatchObject({ outcome: 'sent' });
    slot[Symbol.dispose]();
  });

  it('opens for as long again when the fetch fails', async () => {
    using _slot = await rig.gateway.takeSlot(IDENTITY, 'tap');
    await rig.fetch();
    expect(changes).toEqual(['open', 'half-open', 'open']);
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: OPEN_MS });
  });

  it('never tries with a create', async () => {
    answer = up;
    expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-unavailable' });
    expect(changes).toEqual(['open']);
    expect(twilio.requests).toHaveLength(3);
  });

  it('lets the next one in when the first leaves without a fetch', async () => {
    const first = await rig.gateway.takeSlot(IDENTITY, 'tap');
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: undefined });
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(await slotRefusal()).toBe('given');
    expect(await slotRefusal()).toEqual({ code: 'provider-unavailable', waitMs: undefined });
  });
});

describe('a breaker', () => {
  const timeout = { failure: { kind: 'timeout' } } as const;
  const success = { value: {} };
  let breaker: Breaker;
  beforeEach(() => {
    breaker = new Breaker({ failures: 1, openMs: OPEN_MS, now: () => now, onChange: (state) => changes.push(state) });
  });
  const openUntilNow = async () => {
    await breaker.run('createNotification', async () => timeout);
    now += OPEN_MS;
  };

  it.each([
    ['failure', timeout, success, ['open', 'half-open', 'closed']],
    ['success', success, timeout, ['open', 'half-open', 'open']],
  ] as const)(
    'is not changed by the late %s of a call that began before',
    async (_, lateResult, probeResult, states) => {
      const late = Promise.withResolvers<typeof lateResult>();
      const probe = Promise.withResolvers<typeof probeResult>();
      const lateCall = breaker.run('createNotification', () => late.promise);
      await openUntilNow();
      const probeCall = breaker.run('fetchChallenge', () => probe.promise);
      late.resolve(lateResult);
      await lateCall;
      expect(changes).toEqual(['open', 'half-open']);
      probe.resolve(probeResult);
      await probeCall;
      expect(changes).toEqual(states);
    },
  );

  it('is not left half-open by a probe that throws, which would be a bug', async () => {
    await openUntilNow();
    await expect(breaker.run('fetchChallenge', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(() => breaker.throwIfOpen()).not.toThrow();
  });

  it('keeps the claim of its next prober when an earlier one is disposed of again', async () => {
    await openUntilNow();
    const first = breaker.admit();
    first[Symbol.dispose]();
    breaker.admit();
    first[Symbol.dispose]();
    expect(() => breaker.admit()).toThrow(new Refusal('provider-unavailable'));
  });

  it('stays closed when its successful prober leaves', async () => {
    await openUntilNow();
    const prober = breaker.admit();
    await breaker.run('fetchChallenge', async () => success);
    prober[Symbol.dispose]();
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    expect(() => breaker.throwIfOpen()).not.toThrow();
  });
});

it('a kept-alive socket that closes as it is used does not count, when the second try goes well', async () => {
  const flaky = await httpServer((_, response, raw) => {
    if (flaky.requests.length === 2) raw.socket.resetAndDestroy();
    else respond(response, 200, challenge);
  });
  const tripped: BreakerState[] = [];
  const stale = rigAt(flaky.baseUrl, {
    maxConcurrent: 1,
    breaker: { failures: 1, openMs: OPEN_MS, onChange: (state) => tripped.push(state) },
  });
  await stale.fetch();
  expect(await stale.fetch()).toMatchObject({ kind: 'learnt' });
  expect(stale.codes()).toEqual(['ok', 'connection-lost', 'ok']);
  expect(tripped).toEqual([]);
});
