/** The streams of an instance while they open. */
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { MemoryNotices } from '@ledger/notices.js';
import { type EventOptions, EventStreams, type Watcher } from '@nest/events/event-streams.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import type { Standing } from '@resend/ports.js';
import type { Log } from '@telemetry/log.js';
import { FakeResponse } from './fake-response.js';

const OPTIONS = { maxStreams: 2, maxStreamsPerSession: 2, heartbeatMs: 60_000, lookMs: 60_000 };
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const opened: EventStreams[] = [];
afterEach(() => opened.splice(0).forEach((streams) => streams.close()));

function start(more: Partial<EventOptions> = {}) {
  const notices = new MemoryNotices();
  const surroundings = { notices, metrics: createMetrics(), log: quiet };
  const streams = new EventStreams(surroundings, { ...OPTIONS, ...more, maxAgeMs: 600_000, challengeCacheMs: 2000 });
  opened.push(streams);
  return { notices, streams };
}

function standing(status: 'pending' | 'approved'): Standing {
  const next = status === 'pending' ? ({ code: 'ready' } as const) : ({ code: 'challenge-approved' } as const);
  return { next, challenge: { status, remainingMs: 240_000 }, resends: { used: 0, limit: 2 }, windows: [] };
}

/** @param looks what each look does, and finds; the last one is repeated */
function watcher(...looks: readonly (() => Promise<Standing>)[]): Watcher {
  const rest = [...looks];
  return {
    requestId: 'request-1',
    challengeSid: `YC${'0'.repeat(32)}`,
    user: 'hash',
    session: 'session-1',
    look: () => {
      const look = rest.length > 1 ? rest.shift() : rest[0];
      if (!look) throw new Error('no look');
      return look();
    },
    isAdmitted: async () => true,
  };
}

const asServerResponse = (response: FakeResponse) => () => response as unknown as ServerResponse;

test('a change in the middle of the first look is told', async () => {
  const { notices, streams } = start();
  const response = new FakeResponse();
  const tooEarly = async () => {
    notices.publish('hash');
    await new Promise(setImmediate); // the notice overtakes the answer
    return standing('pending');
  };
  await streams.start(
    watcher(tooEarly, async () => standing('approved')),
    asServerResponse(response),
  );
  await expect.poll(() => response.hasEnded).toBe(true);
  expect(response.written.map((text) => /"status":"(\w+)","expires/.exec(text)?.[1])).toEqual(['pending', 'approved']);
});

test('one more than a session may have ends its oldest, and no other', async () => {
  const { streams } = start({ maxStreams: 9 });
  const responses = [new FakeResponse(), new FakeResponse(), new FakeResponse(), new FakeResponse()];
  const open = (response: FakeResponse | undefined, session: string) =>
    streams.start(
      { ...watcher(async () => standing('pending')), session },
      () => response as unknown as ServerResponse,
    );
  await open(responses[0], 'session-2');
  for (const response of responses.slice(1)) await open(response, 'session-1');
  expect(responses.map(({ hasEnded }) => hasEnded)).toEqual([false, true, false, false]);
});

test('one more than a user may have in all of its sessions ends its oldest, and no other', async () => {
  const { streams } = start({ maxStreams: 99, maxStreamsPerSession: 1 });
  const open = async (user: string, session: string) => {
    const response = new FakeResponse();
    const screen = { ...watcher(async () => standing('pending')), user, session };
    await streams.start(screen, asServerResponse(response));
    return response;
  };
  const other = await open('another hash', 'session-0');
  const own: FakeResponse[] = [];
  for (let session = 1; session <= 6; session++) own.push(await open('hash', `session-${session}`));
  expect(own.map(({ hasEnded }) => hasEnded)).toEqual([true, true, false, false, false, false]);
  expect(other.hasEnded).toBe(false);
});

test('a bug in the first standing ends the stream, and gives its place back', async () => {
  const { streams } = start({ maxStreams: 1 });
  const [broken, next] = [new FakeResponse(), new FakeResponse()];
  broken.write = () => {
    throw new TypeError('a bug');
  };
  await streams.start(
    watcher(async () => standing('pending')),
    asServerResponse(broken),
  );
  expect(broken.hasEnded).toBe(true);
  await streams.start(
    watcher(async () => standing('pending')),
    asServerResponse(next),
  );
  expect(next.written).toHaveLength(1);
});

test('an answer that can not be begun is refused, and gives its place back', async () => {
  const { streams } = start({ maxStreams: 1 });
  const looks = watcher(async () => standing('pending'));
  const refused = streams.start(looks, () => {
    throw new TypeError('a bad header');
  });
  await expect(refused).rejects.toThrow('a bad header');
  const response = new FakeResponse();
  await streams.start(looks, asServerResponse(response));
  expect(response.written).toHaveLength(1);
});

test('after the end of the instance nobody looks or listens any more', async () => {
  const { streams, notices } = start();
  streams.close();
  let calls = 0;
  notices.listen = () => {
    calls += 1;
    return () => undefined;
  };
  const look = async () => {
    calls += 1;
    return standing('pending');
  };
  const refused = streams.start(watcher(look), asServerResponse(new FakeResponse()));
  await expect(refused).rejects.toMatchObject({ code: 'shutting-down' });
  expect(calls).toBe(0);
});

test('a stream whose first look is overtaken by the end of the instance is not opened', async () => {
  const { streams } = start();
  const response = new FakeResponse();
  const draining = async () => {
    streams.close();
    return standing('pending');
  };
  const refused = streams.start(watcher(draining), asServerResponse(response));
  await expect(refused).rejects.toMatchObject({ code: 'shutting-down' });
  expect(response.written).toEqual([]);
});
