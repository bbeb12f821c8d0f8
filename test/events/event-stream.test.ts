/** One stream on a clock of the test: what it tells and when, and what ends it. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventStream, type StreamTimes, type Viewer } from '@nest/events/event-stream.js';
import type { Standing } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { FakeResponse } from './fake-response.js';

const TIMES: StreamTimes = { heartbeatMs: 15_000, lookMs: 15_000, maxAgeMs: 600_000, challengeCacheMs: 2000 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A user at the ledger, whose standing the test decides; its times count down by themselves. */
class Person implements Viewer {
  readonly challengeSid = `YC${'0'.repeat(32)}`;
  looks = 0;
  session: 'there' | 'gone' | 'unknown' | 'silent' = 'there';
  looking: Promise<unknown> = Promise.resolve();
  refusal: Error | undefined;
  private readonly since = performance.now();
  private readyAt = 0;
  private status: 'pending' | 'approved' | 'denied' = 'pending';

  constructor(private readonly livesMs = 300_000) {}

  coolFor(ms: number): void {
    this.readyAt = performance.now() + ms;
  }

  answer(status: 'approved' | 'denied'): void {
    this.status = status;
  }

  async look(): Promise<Standing> {
    this.looks += 1;
    await this.looking;
    if (this.refusal) throw this.refusal;
    return this.standing();
  }

  async isAdmitted(): Promise<boolean> {
    if (this.session === 'silent') return new Promise(() => {});
    if (this.session === 'unknown') throw new Refusal('session-unavailable');
    return this.session === 'there';
  }

  standing(): Standing {
    const now = performance.now();
    const remainingMs = Math.max(0, this.since + this.livesMs - now);
    const status = this.status === 'pending' && remainingMs === 0 ? 'expired' : this.status;
    const waitMs = this.readyAt - now;
    const isCooling = status === 'pending' && waitMs > 0;
    return {
      next:
        status !== 'pending'
          ? { code: `challenge-${status}` }
          : isCooling
            ? { code: 'cooling-down', waitMs }
            : { code: 'ready' },
      challenge: { status, remainingMs: status === 'pending' ? remainingMs : 0 },
      resends: { used: 0, limit: 2 },
      windows: [],
    };
  }
}

function open(person = new Person(), response = new FakeResponse()) {
  const seen = { ends: [] as string[], failures: [] as unknown[], sent: 0 };
  const stream = new EventStream(person, response as unknown as ServerResponse, TIMES, {
    sent: () => void (seen.sent += 1),
    ended: (reason) => void seen.ends.push(reason),
    failed: (error) => void seen.failures.push(error),
  });
  stream.begin(person.standing());
  const told = () =>
    response.written
      .filter((text) => text !== ':\n\n')
      .map((text) => /^event: standing\ndata: (\{.*\})\n\n$/.exec(text)?.[1] ?? text)
      .map((data) => (JSON.parse(data) as { resend: { status: string } }).resend.status);
  return { person, response, stream, seen, told };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('it tells the standing at once, and again only when a screen would show something else', async () => {
  const { person, stream, told, seen } = open();
  expect(told()).toEqual(['ready']);
  await pass(7000);
  await stream.refresh();
  expect(told()).toEqual(['ready']);
  person.coolFor(30_000);
  await stream.refresh();
  await pass(4000);
  await stream.refresh();
  expect(told()).toEqual(['ready', 'cooling-down']);
  expect(seen.sent).toBe(2);
});

test('a wait that becomes longer or shorter than the screen counts is told', async () => {
  const { person, stream, told } = open();
  person.coolFor(30_000);
  await stream.refresh();
  person.coolFor(50_000);
  await stream.refresh();
  await pass(1000);
  person.coolFor(9000);
  await stream.refresh();
  expect(told()).toEqual(['ready', 'cooling-down', 'cooling-down', 'cooling-down']);
});

test('the end of a wait is told when it comes, without a notice', async () => {
  const { person, stream, told } = open();
  person.coolFor(4000);
  await stream.refresh();
  await pass(3999);
  expect(told()).toEqual(['ready', 'cooling-down']);
  await pass(1);
  expect(told()).toEqual(['ready', 'cooling-down', 'ready']);
});

test('the expiry is told when it comes, and ends the stream', async () => {
  const { told, seen, response } = open(new Person(20_000));
  await pass(19_999);
  expect(told()).toEqual(['ready']);
  await pass(1);
  expect(told()).toEqual(['ready', 'closed']);
  expect(seen.ends).toEqual(['over']);
  expect(response.hasEnded).toBe(true);
});

test('a notice that was lost is made up for by the next look', async () => {
  const { person, told, seen } = open();
  await pass(1000);
  person.answer('approved');
  await pass(13_999);
  expect(told()).toEqual(['ready']);
  await pass(1);
  expect(told()).toEqual(['ready', 'closed']);
  expect(seen.ends).toEqual(['over']);
});

test('a notice in the middle of a look is followed by one more look', async () => {
  const { person, stream, told } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  person.looking = promise;
  const looking = stream.refresh();
  void stream.refresh();
  void stream.refresh();
  expect(person.looks).toBe(1);
  resolve();
  await looking;
  expect(person.looks).toBe(2);
  expect(told()).toEqual(['ready']);
});

test('it shows that it is alive, and looks, every 15 s', async () => {
  const { person, response } = open();
  await pass(45_000);
  expect(response.written.filter((text) => text === ':\n\n')).toHaveLength(3);
  expect(person.looks).toBe(3);
});

test('while Redis or Twilio is down the last standing stays, and the stream open', async () => {
  const { person, told, seen } = open();
  person.refusal = new Refusal('ledger-unavailable');
  await pass(45_000);
  expect(seen.ends).toEqual([]);
  person.refusal = undefined;
  person.answer('denied');
  await pass(15_000);
  expect(told()).toEqual(['ready', 'closed']);
});

const ENDINGS: readonly (readonly [reason: string, happens: (person: Person) => void, afterMs: number])[] = [
  ['not-found', (person) => refuse(person, new Refusal('challenge-not-found')), 15_000],
  ['failed', (person) => refuse(person, new TypeError('a bug')), 15_000],
  ['session-ended', (person) => setSession(person, 'gone'), 15_000],
  ['session-unknown', (person) => setSession(person, 'unknown'), 30_000],
  // Asked at the first heartbeat, without an answer at the second and the third.
  ['session-unknown', (person) => setSession(person, 'silent'), 45_000],
  ['max-age', () => undefined, 600_000],
];

function refuse(person: Person, refusal: Error): void {
  person.refusal = refusal;
}

function setSession(person: Person, session: Person['session']): void {
  person.session = session;
}

test.each(ENDINGS)('%s ends it', async (reason, happens, afterMs) => {
  const { person, seen, response } = open(new Person(3_600_000));
  happens(person);
  await pass(afterMs - 1);
  expect(seen.ends).toEqual([]);
  await pass(1);
  expect(seen.ends).toEqual([reason]);
  expect(response.hasEnded).toBe(true);
  expect(seen.failures).toHaveLength(reason === 'failed' ? 1 : 0);
  expect(vi.getTimerCount()).toBe(0);
});

test('a session that can be checked again in time is as good as before', async () => {
  const { person, seen } = open();
  for (let round = 0; round < 3; round++) {
    person.session = 'unknown';
    await pass(15_000);
    person.session = 'there';
    await pass(15_000);
  }
  expect(seen.ends).toEqual([]);
});

test('a client that does not read is cut off at the second heartbeat, and gets none meanwhile', async () => {
  const { response, seen } = open();
  response.isReading = false;
  await pass(15_000);
  expect(seen.ends).toEqual([]);
  await pass(15_000);
  expect(seen.ends).toEqual(['slow-reader']);
  expect(response.isDestroyed).toBe(true);
  expect(response.written).not.toContain(':\n\n');
  expect(vi.getTimerCount()).toBe(0);
});

test('a client that reads again in time stays', async () => {
  const { response, seen } = open();
  response.isReading = false;
  await pass(15_000);
  response.isReading = true;
  await pass(15_000);
  response.isReading = false;
  await pass(15_000);
  expect(seen.ends).toEqual([]);
});

test('a client that hangs up leaves nothing behind', async () => {
  const { person, response, stream, seen } = open();
  response.close();
  expect(seen.ends).toEqual(['hung-up']);
  expect(vi.getTimerCount()).toBe(0);
  await stream.refresh();
  await pass(60_000);
  expect(person.looks).toBe(0);
});

test('a stream that is queued behind another answer of its connection ends with the connection', () => {
  const response = new FakeResponse(true);
  const { seen } = open(new Person(), response);
  expect(seen.ends).toEqual([]);
  response.loseConnection();
  expect(seen.ends).toEqual(['hung-up']);
  expect(vi.getTimerCount()).toBe(0);
  expect(open(new Person(), response).seen.ends).toEqual(['hung-up']);
});

test('a client that hung up during the first look gets nothing, and leaves nothing behind', () => {
  const response = new FakeResponse();
  response.close();
  const { seen } = open(new Person(), response);
  expect(seen.ends).toEqual(['hung-up']);
  expect(response.written).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a look that was under way when the stream ended tells nothing', async () => {
  const { person, response, stream, told, seen } = open();
  const { promise, resolve } = Promise.withResolvers<void>();
  person.looking = promise;
  person.answer('approved');
  const looking = stream.refresh();
  response.close();
  resolve();
  await looking;
  expect(told()).toEqual(['ready']);
  expect(seen.ends).toEqual(['hung-up']);
  expect(vi.getTimerCount()).toBe(0);
});
