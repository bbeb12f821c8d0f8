import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Played } from './play.js';
import type { Entry } from './scene.js';

const FILE = new URL('./recorded.json', import.meta.url);

/** Set: the answers of this code become the recording. */
export const isRecording = process.env['RECORD_ANSWERS'] === '1';

/** What is recorded. */
export interface Recording {
  readonly settings: Readonly<Record<string, string>>;
  /** By the names of the stages. */
  readonly stages: Readonly<Record<string, Played>>;
}

type Scenarios<E> = Readonly<Record<string, Readonly<Record<string, E>>>>;

/** As a stage stands in the file: shorter, and with nothing lost that the service said. */
interface StoredStage extends Omit<Played, 'answers' | 'series'> {
  /** Or the name of an entry before it that has the same answer: `same as: <scenario> → <entry>`. */
  readonly answers: Scenarios<Entry | string>;
  /** Those that this stage has more or fewer than the first one. */
  readonly series: { readonly more: readonly string[]; readonly fewer: readonly string[] };
}

const SAME = 'same as: ';

/** @returns no stages where nothing is recorded yet */
export function readRecording(): Recording {
  if (!existsSync(FILE)) return { settings: {}, stages: {} };
  const { settings, stages } = JSON.parse(readFileSync(FILE, 'utf8')) as {
    settings: Recording['settings'];
    stages: Readonly<Record<string, StoredStage>>;
  };
  const base = Object.values(stages)[0]?.series.more ?? [];
  const whole = mapped(stages, (stage, isFirst): Played => {
    const { more, fewer } = stage.series;
    const kept = isFirst ? [] : base.filter((one) => !fewer.includes(one));
    return { ...stage, answers: unfolded(stage.answers), series: [...kept, ...more].toSorted() };
  });
  return { settings, stages: whole };
}

export function writeRecording({ settings, stages }: Recording): void {
  const base = Object.values(stages)[0]?.series ?? [];
  const stored = mapped(stages, (stage, isFirst): StoredStage => {
    const more = isFirst ? base : stage.series.filter((one) => !base.includes(one));
    const fewer = base.filter((one) => !stage.series.includes(one));
    return { ...stage, answers: folded(stage.answers), series: { more, fewer } };
  });
  writeFileSync(FILE, `${JSON.stringify({ settings, stages: stored }, undefined, 1)}\n`);
}

function folded(answers: Scenarios<Entry>): Scenarios<Entry | string> {
  const firstWith = new Map<string, string>();
  return mapped(answers, (entries, _, scenario) =>
    mapped(entries, (entry, _isFirst, name) => {
      const answer = JSON.stringify({ ...entry, asked: '' });
      const first = firstWith.get(answer);
      if (first === undefined) firstWith.set(answer, `${scenario} → ${name}`);
      return first === undefined ? entry : SAME + first;
    }),
  );
}

function unfolded(answers: Scenarios<Entry | string>): Scenarios<Entry> {
  return mapped(answers, (entries) =>
    mapped(entries, (entry) => {
      if (typeof entry !== 'string') return entry;
      const [scenario = '', name = ''] = entry.slice(SAME.length).split(' → ');
      const first = answers[scenario]?.[name];
      if (first === undefined || typeof first === 'string')
        throw new Error(`recorded.json has nothing that is ${entry}`);
      return first;
    }),
  );
}

function mapped<In, Out>(
  record: Readonly<Record<string, In>>,
  map: (value: In, isFirst: boolean, name: string) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(record).map(([name, value], at) => [name, map(value, at === 0, name)]));
}
