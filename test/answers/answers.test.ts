/**
 * Every answer of the service, compared with a recording of an earlier one: for changes that must change nothing.
 * `RECORD_ANSWERS=1 npx vitest run test/answers` records anew. Then read what has changed in `recorded.json`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Played, play } from './play.js';
import { isRecording, readRecording, writeRecording } from './recording.js';
import type { Scenario, Stage } from './scene.js';
import { settingsTable } from './settings-table.js';
import { STAGES } from './stages.js';
import { likeBefore } from './tolerance.js';

const recorded = readRecording();
const played: Record<string, Played> = {};

/** For one stage; all of them together take half of it on a machine that does nothing else. */
const PATIENCE_MS = 60_000;

/** Stages that mostly wait are played beside the others, from the beginning. */
const beside = new Map<Stage, Promise<Played>>();
const playing = (stage: Stage) => beside.get(stage) ?? play(stage);
beforeAll(() => {
  for (const stage of STAGES) if (stage.isSlow) beside.set(stage, play(stage));
});

describe.each(STAGES)('$name', (stage) => {
  const before = recorded.stages[stage.name];
  let now: Played;
  beforeAll(async () => {
    now = likeBefore(await playing(stage), before);
    played[stage.name] = now;
  }, PATIENCE_MS);

  describe.each(stage.scenarios)('$name', (scenario) => {
    test.each(namesOf(scenario))('%s', (name) => {
      same(answerOf(now, scenario, name), answerOf(before, scenario, name));
    });
  });
  test('the series of /metrics', () => same(now.series, before?.series));
  test('what is counted', () => same(now.counters, before?.counters));
  test('the kinds of lines that are logged', () => same(now.log, before?.log));
});

test('the settings, their defaults and their bounds', () => same(settingsTable(), recorded.settings));

test('the recording has nothing that is not played any more', () => {
  const names = (stages: readonly Stage[]) =>
    stages.flatMap(({ name, scenarios }) =>
      scenarios.flatMap((scenario) => namesOf(scenario).map((entry) => `${name} / ${scenario.name} / ${entry}`)),
    );
  const inRecording = Object.entries(recorded.stages).flatMap(([name, { answers }]) =>
    Object.entries(answers).flatMap(([scenario, entries]) =>
      Object.keys(entries).map((entry) => `${name} / ${scenario} / ${entry}`),
    ),
  );
  same(names(STAGES).toSorted(), inRecording.toSorted());
});

afterAll(() => {
  if (!isRecording) return;
  const stages = STAGES.map(({ name }) => [name, played[name] ?? recorded.stages[name]] as const);
  const known = stages.flatMap(([name, stage]) => (stage ? [[name, stage] as const] : []));
  writeRecording({ settings: settingsTable(), stages: Object.fromEntries(known) });
});

/** Without what was asked: that is this test's own. */
function answerOf(stage: Played | undefined, scenario: Scenario, name: string): object | undefined {
  const entry = stage?.answers[scenario.name]?.[name];
  return entry && { ...entry, asked: undefined };
}

function same(now: unknown, before: unknown): void {
  expect(now).toBeDefined();
  if (!isRecording) expect(now).toEqual(before);
}

function namesOf({ steps }: Scenario): string[] {
  const names = steps.flatMap(({ name }) => name ?? []);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`two entries of a scenario are called "${twice}"`);
  return names;
}
