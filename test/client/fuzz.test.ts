/** What login screens read: answers of the service or of whatever stands in front of it, events, other tabs, storage. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Answer } from '@client/core/answer.js';
import { isRetryable, retryAfterMs } from '@client/core/answer.js';
import { type Event, INITIAL } from '@client/core/model.js';
import { standingOf } from '@client/core/standing.js';
import { transition } from '@client/core/transition.js';
import { view, wakeAt } from '@client/core/view.js';
import { createResend } from '@client/create-resend.js';
import { connect } from '@client/host/connection.js';
import { eventStreamParser } from '@client/host/event-stream.js';
import { english } from '@client/messages/english.js';
import { german } from '@client/messages/german.js';
import { messageOf } from '@client/messages/message.js';
import { fuzz } from '../fuzz/fuzz.js';
import { anyText, jsonText, jsonValue, recordOf, recordText, spoilt } from '../fuzz/inputs.js';

const seconds = fc.oneof(fc.integer({ min: -5, max: 700 }), fc.constantFrom(1e308, 0.5, 1e21));
const resend = {
  status: fc.constantFrom('ready', 'in-progress', 'cooling-down', 'limited', 'exhausted', 'closed', 'toString'),
  availableInSeconds: seconds,
  remaining: fc.integer({ min: -1, max: 3 }),
};
const members = {
  challenge: fc.record({ status: fc.constantFrom('pending', 'approved', 'denied', 'expired', 'constructor') }),
  resend: fc.record(resend),
  nextAction: fc.constantFrom('tap', 'wait', 'proceed', 'stop', 'open-app', 'no-such-action'),
  pollAfterSeconds: seconds,
  code: fc.constantFrom<unknown>('cooling-down', 'user-limit', 'challenge-expired', '__proto__', 'toString', 502),
  requestId: fc.constant('0198c0ffee'),
  retryable: fc.boolean(),
  retryAfterSeconds: seconds,
};
const status = fc.constantFrom(0, 200, 201, 401, 404, 409, 429, 500, 502, 503, 504);
const answer: fc.Arbitrary<Answer> = fc.record({ status, body: recordOf(members) });

const NAMES = Object.keys(english.states);
const ACTIONS = ['tap', 'wait', 'open-app', 'use-other-factor', 'start-over', 'proceed', 'stop', 'fix-request'];

/** A screen can show it: known words, texts, and numbers that count down. */
function expectShown(shown: ReturnType<typeof view>): void {
  expect(NAMES).toContain(shown.name);
  expect(ACTIONS).toContain(shown.nextAction);
  if (shown.secondsLeft !== null) expect(shown.secondsLeft).toBeGreaterThan(0);
  if (shown.remaining !== null) expect(shown.remaining).toBeGreaterThanOrEqual(0);
  for (const catalogue of [english, german]) {
    const { countdown, action, announcement, ...texts } = messageOf(shown, catalogue);
    for (const text of Object.values(texts)) expect(text).toMatch(/./);
    for (const text of [countdown, action, announcement]) if (text !== null) expect(text).toMatch(/./);
  }
}

const told = fc.array(
  fc.oneof(
    answer.map((one) => ({ type: 'answered' as const, answer: one })),
    recordOf(members).map((body) => ({ type: 'streamed' as const, body })),
    anyText.map((message) => ({ type: 'heard' as const, message })),
    fc.constant({ type: 'pressed' as const }),
  ),
  { minLength: 1, maxLength: 6 },
);

const responding = (response: { status: number; text: string }) => async () => ({
  status: response.status,
  json: async () => JSON.parse(response.text) as unknown,
});

fuzz('client', {
  'an answer of any shape is a standing with numbers, or tells nothing': fc.property(answer, (one) => {
    const standing = standingOf(one, 1000);
    expect(retryAfterMs(one)).toBeGreaterThanOrEqual(0);
    expect(typeof isRetryable(one)).toBe('boolean');
    if (standing === null) return;
    expect(NAMES).toContain(standing.name);
    expect(standing.pollMs).toBeGreaterThanOrEqual(1000);
    expect(standing.until).toBeGreaterThanOrEqual(1000);
    const { code } = Object(one.body) as { code?: unknown };
    // A gateway's own code is a number.
    if (one.status === 502 && typeof code === 'number') expect(isRetryable(one)).toBe(true);
    if (one.status === 401) expect(standing.name).toBe('session-over');
  }),

  'whatever is told, the screen shows a state that it knows, in either language': fc.property(told, (list) => {
    let at = 1000;
    let { model } = transition(INITIAL, { at, type: 'started', isVisible: true, isOnline: true, events: true });
    for (const one of list) {
      at += 500;
      const request = model.press?.request || model.look;
      const event: Event =
        one.type === 'answered'
          ? { at, ...one, request, random: 0.5 }
          : one.type === 'pressed'
            ? { at, ...one, key: `key-${at}` }
            : { at, ...one };
      ({ model } = transition(model, event));
      expectShown(view(model, at));
      expect(wakeAt(model, at)).toBeGreaterThan(at);
    }
  }),

  'events are heard whole, in pieces of any size, and nothing else is': fc.property(
    fc.array(
      fc.oneof(
        jsonText().map((data) => ({ data, text: `event: standing\ndata: ${data}\n\n` })),
        fc.constantFrom(':\n\n', 'event: news\ndata: 1\n\n').map((text) => ({ data: undefined, text })),
      ),
      { maxLength: 5 },
    ),
    fc.array(fc.nat(), { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n'),
    (events, cuts, newline) => {
      const text = events.map((event) => event.text.replaceAll('\n', newline)).join('');
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
      const heard: string[] = [];
      const parse = eventStreamParser((data) => void heard.push(data.trim()));
      for (const [index, place] of places.slice(1).entries()) parse(text.slice(places[index], place));
      expect(heard).toEqual(events.flatMap(({ data }) => data ?? []));
    },
  ),

  'a stream of any text is heard piece by piece as at once': fc.property(
    spoilt(fc.constant('event: standing\ndata: {"a":1}\n\n:\n\nevent: standing\r\ndata:2\r\n\r\n')),
    fc.nat(),
    (text, cut) => {
      const heard = (...pieces: string[]) => {
        const all: string[] = [];
        const parse = eventStreamParser((data) => void all.push(data));
        for (const piece of pieces) parse(piece);
        return all;
      };
      const place = cut % (text.length + 1);
      expect(heard(text.slice(0, place), text.slice(place))).toEqual(heard(text));
    },
  ),

  'a response of any body is its JSON, or has none': fc.asyncProperty(
    status,
    fc.oneof(recordText(members), anyText),
    async (code, text) => {
      const connection = connect('/x', responding({ status: code, text }));
      const { status: got, body } = await connection.ask(new AbortController().signal);
      expect(got).toBe(code);
      if (body === undefined) expect(() => JSON.parse(text) as unknown).toThrow();
      else expect(body).toEqual(JSON.parse(text));
    },
  ),

  'a press that was saved is repeated once, whatever text is its key and whatever number its time': fc.asyncProperty(
    fc.oneof(
      spoilt(fc.constant('{"key":"saved-key-0001","at":900}')),
      fc.record({ key: anyText, at: fc.double() }).map((press) => JSON.stringify(press)),
    ),
    async (saved) => {
      const keys: unknown[] = [];
      const resending = createResend({
        challengeSid: 'YC',
        events: false,
        fetch: async (_url, { headers }) => {
          if (headers['Idempotency-Key'] !== undefined) keys.push(headers['Idempotency-Key']);
          return { status: 200, json: async () => ({}) };
        },
        clock: { now: () => 1000, after: () => () => undefined },
        page: { isVisible: () => true, isOnline: () => true, watch: () => () => undefined },
        storage: { getItem: () => saved, setItem: () => undefined, removeItem: () => undefined },
        tabs: () => undefined,
      });
      const leave = resending.subscribe(() => undefined);
      await Promise.resolve();
      leave();
      if (keys.length === 0) return;
      expect(keys).toEqual([(JSON.parse(saved) as { key: unknown }).key]);
      expect(Number((JSON.parse(saved) as { at: unknown }).at)).toBeLessThanOrEqual(1000);
    },
  ),

  'a state of any code has its message': fc.property(
    fc.oneof(spoilt(fc.constantFrom(...Object.keys(english.codes))), jsonValue()),
    (code) => {
      const state = {
        name: 'limited',
        canPress: false,
        secondsLeft: 5,
        remaining: null,
        nextAction: 'wait',
        justSent: false,
      };
      expectShown({ ...state, code } as never);
    },
  ),
});
