/** What holds whatever happens, in any order. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Answer, type Event, INITIAL, isFinal, type Model, transition, view, wakeAt } from '@client/core/index.js';
import { answer } from '@client/testing/index.js';

const told = (scripted: ReturnType<typeof answer.ready>): Answer => {
  if (typeof scripted === 'string') return { status: 0 };
  const { status, body } = scripted;
  return body.startsWith('{') ? { status, body: JSON.parse(body) as unknown } : { status };
};

const ending = [answer.approved(), answer.denied(), answer.expired(), answer.sessionInvalid()];
const going = [
  answer.ready(),
  answer.coolingDown(30),
  answer.coolingDown(3),
  answer.inProgress(),
  answer.limited(40),
  answer.limited(null),
  answer.exhausted(),
  answer.sent(),
  answer.html(502),
  answer.html(200),
  answer.html(429),
  answer.lost(),
  answer.problem(409, 'resend-in-progress', { retryable: true, retryAfterSeconds: 10 }),
  answer.problem(429, 'too-many-requests', { retryAfterSeconds: 12 }),
  answer.problem(502, 'provider-rejected'),
  answer.problem(503, 'overloaded', { retryable: true, retryAfterSeconds: 2 }),
  answer.problem(504, 'delivery-unknown'),
];
const answers = (scripted: readonly ReturnType<typeof answer.ready>[]) =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...scripted.map(told)) },
    { weight: 1, arbitrary: fc.record({ status: fc.constantFrom(0, 200, 201, 404, 500), body: fc.jsonValue() }) },
  );

/** What happens next: something, or the answer to one of the requests on their way. */
type Happening = { readonly after: number } & (
  | { readonly event: Event }
  | { readonly pick: number; readonly answer: Answer; readonly random: number }
);

const simple = fc.oneof(
  fc.constantFrom({ type: 'woke' }, { type: 'pressed' }, { type: 'stopped' }),
  fc.record({ type: fc.constant('page' as const), isVisible: fc.boolean(), isOnline: fc.boolean() }),
  fc.record({ type: fc.constant('heard' as const), message: fc.constantFrom('pressing', 'answered') }),
  fc.record({ type: fc.constant('stream-ended' as const), mayReopen: fc.boolean() }),
  answers(going).map(({ body }) => ({ type: 'streamed' as const, body })),
  fc.record({
    type: fc.constant('started' as const),
    isVisible: fc.boolean(),
    isOnline: fc.boolean(),
    events: fc.boolean(),
    saved: fc.option(fc.record({ key: fc.constant('saved'), at: fc.integer({ min: -90_000, max: 90_000 }) })),
  }),
);

const after = fc.nat({ max: 20_000 });

const happenings = (scripted: readonly ReturnType<typeof answer.ready>[]) =>
  fc.array(
    fc.oneof(
      fc.record({ after, event: simple as fc.Arbitrary<Event> }),
      fc.record({
        after,
        pick: fc.nat(),
        answer: answers(scripted),
        random: fc.double({ min: 0, max: 0.99, noNaN: true }),
      }),
    ),
    { maxLength: 40 },
  );

interface Played {
  readonly event: Event;
  readonly before: Model;
  readonly after: Model;
  readonly effects: ReturnType<typeof transition>['effects'];
}

/** Plays them like a host: timers run when they are due, and only requests on their way are answered. */
function play(list: readonly Happening[]): Played[] {
  const played: Played[] = [];
  const open = new Set<number>();
  let model = INITIAL;
  let at = 1000;
  let keys = 0;
  const happen = (event: Event) => {
    const { model: after, effects } = transition(model, event);
    played.push({ event, before: model, after, effects });
    model = after;
    for (const effect of effects) {
      if (effect.type === 'look' || effect.type === 'press') open.add(effect.request);
      if (effect.type === 'abort') open.delete(effect.request);
    }
  };
  happen({ at, type: 'started', isVisible: true, isOnline: true, events: true });
  for (const happening of list) {
    const end = at + happening.after;
    for (let due = wakeAt(model, at); due <= end; due = wakeAt(model, at)) {
      at = due;
      happen({ at, type: 'woke' });
    }
    at = end;
    if ('event' in happening) {
      const { event } = happening;
      happen(event.type === 'pressed' ? { ...event, at, key: `key-${++keys}` } : { ...event, at });
    } else {
      const request = [...open][happening.pick % Math.max(1, open.size)];
      if (request === undefined) continue;
      open.delete(request);
      happen({ at, type: 'answered', request, answer: happening.answer, random: happening.random });
    }
  }
  return played;
}

const everywhere = (check: (played: Played[]) => void) =>
  fc.assert(
    fc.property(happenings([...going, ...ending]), (list) => check(play(list))),
    { numRuns: 200 },
  );

describe('whatever happens', () => {
  test('a press has one key, and a key one press', () => {
    everywhere((played) => {
      let pressed: string | undefined;
      const ended = new Set<string>();
      for (const { event, after, effects } of played) {
        for (const effect of effects) {
          if (effect.type !== 'press') continue;
          expect(ended).not.toContain(effect.key);
          if (pressed !== undefined) expect(effect.key).toBe(pressed);
          pressed = effect.key;
        }
        if (pressed !== undefined && after.press?.key !== pressed) {
          if (event.type === 'answered' || event.type === 'pressed') ended.add(pressed);
          pressed = undefined;
        }
      }
    });
  });

  test('at most one press is on its way, and only while the screen shows it', () => {
    everywhere((played) => {
      for (const { after, event } of played) {
        const { name, canPress } = view(after, event.at);
        if (after.press) expect(canPress).toBe(false);
        if (name === 'sending') expect(after.press).not.toBeNull();
        if (canPress) expect(after.isOnline).toBe(true);
      }
    });
  });

  test('a press is tried at most four times, within a minute', () => {
    everywhere((played) => {
      const tries = new Map<string, number[]>();
      for (const { effects, event, after } of played) {
        for (const effect of effects) {
          if (effect.type !== 'press') continue;
          tries.set(effect.key, [...(tries.get(effect.key) ?? []), event.at - (after.press?.at ?? 0)]);
        }
      }
      for (const [key, ages] of tries) {
        if (key !== 'saved') expect(ages.length).toBeLessThanOrEqual(4);
        expect(Math.max(...ages)).toBeLessThan(60_000);
      }
    });
  });

  test('a countdown goes down, unless something new is told', () => {
    everywhere((played) => {
      for (const { event, before, after } of played) {
        if (event.type === 'answered' || event.type === 'streamed') continue;
        const earlier = view(before, event.at);
        const later = view(after, event.at);
        if (earlier.secondsLeft === null || later.secondsLeft === null || earlier.name !== later.name) continue;
        expect(later.secondsLeft).toBeLessThanOrEqual(earlier.secondsLeft);
      }
    });
  });

  test('a final state stays, and does nothing', () => {
    everywhere((played) => {
      for (const { event, before, after, effects } of played) {
        const earlier = view(before, event.at);
        if (!isFinal(earlier)) continue;
        expect(view(after, event.at)).toEqual(earlier);
        expect(effects.filter(({ type }) => type !== 'forget')).toEqual([]);
      }
    });
  });

  test('`proceed` is only said of an approved Challenge, and `stop` of a denied one', () => {
    everywhere((played) => {
      for (const { event, after } of played) {
        const { name, nextAction } = view(after, event.at);
        expect(nextAction === 'proceed').toBe(name === 'approved');
        expect(nextAction === 'stop').toBe(name === 'denied');
      }
    });
  });

  test('once the service is back and says ready, the button can be pressed within a minute', () => {
    fc.assert(
      fc.property(happenings(going), (list) => {
        let model = play(list).at(-1)?.after ?? INITIAL;
        let at = 1_000_000;
        const happen = (event: Event) => {
          const next = transition(model, event);
          model = next.model;
          return next.effects;
        };
        const end = at + 60_000;
        let effects = happen({ at, type: 'started', isVisible: true, isOnline: true, events: false });
        while (at < end && !view(model, at).canPress && !isFinal(view(model, at))) {
          const asked = effects.find(({ type }) => type === 'look' || type === 'press');
          if (asked && 'request' in asked) {
            const told200 = told(asked.type === 'look' ? answer.ready() : answer.problem(429, 'cooling-down'));
            effects = happen({ at, type: 'answered', request: asked.request, answer: told200, random: 0.5 });
            continue;
          }
          at = wakeAt(model, at);
          effects = happen({ at, type: 'woke' });
        }
        expect(view(model, at)).toMatchObject({ canPress: true });
      }),
      { numRuns: 200 },
    );
  });
});
