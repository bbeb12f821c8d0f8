/** The core plays the vectors that ports to other languages play. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Effect, type Event, INITIAL, type StateName, transition, view } from '@client/core/index.js';

interface Vector {
  readonly name: string;
  readonly steps: readonly { readonly event: Event; readonly effects: readonly Effect[]; readonly state: object }[];
}

const folder = resolve(import.meta.dirname, '../../libs/client/vectors');
const files = globSync('*.json', { cwd: folder }).toSorted();
const vectorsOf = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vector[];

describe.each(files)('%s', (file) => {
  test.each(vectorsOf(file))('$name', ({ steps }) => {
    let model = INITIAL;
    for (const [index, { event, effects, state }] of steps.entries()) {
      const next = transition(model, event);
      model = next.model;
      const place = `step ${index}`;
      expect(next.effects, place).toEqual(effects);
      expect(JSON.parse(JSON.stringify(view(model, event.at))), place).toEqual(state);
    }
  });
});

/** Every name of a union: a missing one does not compile. */
const all = <Name extends string>(names: Record<Name, true>) => Object.keys(names).toSorted();

const steps = files.flatMap(vectorsOf).flatMap((vector) => vector.steps);
const seen = (names: readonly string[]) => [...new Set(names)].toSorted();

test('the vectors have every state', () => {
  expect(seen(steps.map(({ state }) => (state as { name: string }).name))).toEqual(
    all<StateName>({
      loading: true,
      ready: true,
      sending: true,
      'in-progress': true,
      'cooling-down': true,
      limited: true,
      exhausted: true,
      approved: true,
      denied: true,
      expired: true,
      'session-over': true,
      offline: true,
      unavailable: true,
    }),
  );
});

test('the vectors have every kind of event and of effect', () => {
  expect(seen(steps.map(({ event }) => event.type))).toEqual(
    all<Event['type']>({
      started: true,
      stopped: true,
      pressed: true,
      answered: true,
      woke: true,
      page: true,
      streamed: true,
      'stream-ended': true,
      heard: true,
    }),
  );
  expect(seen(steps.flatMap(({ effects }) => effects.map(({ type }) => type)))).toEqual(
    all<Effect['type']>({
      look: true,
      press: true,
      abort: true,
      save: true,
      forget: true,
      'open-stream': true,
      'close-stream': true,
    }),
  );
});
