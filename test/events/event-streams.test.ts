/** The streams of an instance while they open. */
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { MemoryNotices } from '@ledger/notices.js';
import { EventStreams, type Watcher } from '@nest/events/event-streams.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import type { Standing } from '@resend/ports.js';
import type { Log } from '@telemetry/log.js';
import { FakeResponse } from './fake-response.js';

const OPTIONS = { maxStreams: 2, maxStreamsPerSession: 2, heartbeatMs: 60_000, lookMs: 60_000 };
const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

const opened: EventStreams[] = [];
afterEach(() => opened.splice(0).forEach((streams) => streams.close()));

function start() {
  const notices = new MemoryNotices();
  const surroundings = { notices, metrics: createMetrics(), log: quiet };
  const streams = new EventStreams(surroundings, { ...OPTIONS, maxAgeMs: 600_000, challengeCacheMs: 2000 });
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
    await new Promise((resolve) => setTimeout(resolve, 20)); // the notice overtakes the answer
    return standing('pending');
  };
  await streams.start(
    watcher(tooEarly, async () => standing('approved')),
    asServerResponse(response),
  );
  await expect.poll(() => response.hasEnded).toBe(true);
  expect(response.written.map((text) => /"status":"(\w+)","expires/.exec(text)?.[1])).toEqual(['pending', 'approved']);
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
