import { expect, test } from 'vitest';
import { LogTally } from './log-tally.js';
import { MEMORY_LIMIT_BYTES } from './manifest.js';
import { type Measurement, measuresOf } from './measures.js';
import { faultsOf, report } from './report.js';
import type { Soaked } from './soak.js';

const MIB = 2 ** 20;
const measures = measuresOf(1);
const idle: Measurement = Object.fromEntries([...measures].map(([name, { unit }]) => [name, unit === 'MiB' ? MIB : 7]));

/** A run of which nothing is to be told, but for what is given. */
function run(more: Partial<Soaked> = {}): Soaked {
  return {
    measures,
    before: idle,
    lulls: Array.from({ length: 30 }, () => idle),
    after: idle,
    peaks: {
      rssBytes: 200 * MIB,
      descriptors: 300,
      sockets: { ESTAB: 250 },
      livez: { asked: 900, failed: 0, slowestMs: 30 },
      redisKeys: 100,
      redisBytes: MIB,
    },
    totals: { taps: 1000 },
    broken: [],
    ...more,
  };
}

const leaking = (name: string, each: number) =>
  Array.from({ length: 30 }, (_, round) => ({ ...idle, [name]: (idle[name] ?? 0) + round * each }));

test('a run in which nothing grew and everything came back passes', () => {
  expect(faultsOf(run())).toEqual([]);
  expect(report(run(), {})).toContain('| heap in use, instance 1 | 1.0 | 1.0 | 1.0 | 0.0 | 2.0 | 1.0 | 1.0 | flat |');
});

test.each([
  ['heap in use, instance 1', 0.25 * MIB],
  ['resident memory, instance 1', MIB],
  ['active resources, instance 1', 1],
  ['file descriptors, instance 1', 1],
  ['TCP sockets, instance 1', 1],
  ['event streams, instance 1', 1],
  ['Redis keys', 1],
  ['Redis clients', 1],
])('%s that grows with each round fails it', (name, each) => {
  const leaked = run({ lulls: leaking(name, each) });
  expect(faultsOf(leaked)).toEqual([expect.stringContaining(`${name} grows`)]);
  expect(report(leaked, {})).toContain('GROWS');
});

test.each(['file descriptors, instance 1', 'TCP sockets, instance 1', 'Redis keys'])(
  '%s that stay above what they were before the load fail it',
  (name) => {
    const after = { ...idle, [name]: (idle[name] ?? 0) + 6 };
    expect(faultsOf(run({ after }))).toEqual([`${name}: 13, and 7 before the first load`]);
  },
);

test('what was not measured fails it', () => {
  const { 'Redis keys': _, ...rest } = idle;
  expect(faultsOf(run({ lulls: Array.from({ length: 30 }, () => rest) }))).toHaveLength(1);
  expect(faultsOf(run({ after: rest }))).toHaveLength(1);
});

test('so do a broken promise, /livez without an answer, and more memory than the manifests allow', () => {
  const { peaks } = run();
  const livez = { ...peaks.livez, failed: 1 };
  expect(faultsOf(run({ broken: ['two pushes'] }))).toEqual(['two pushes']);
  expect(faultsOf(run({ peaks: { ...peaks, livez } }))).toHaveLength(1);
  expect(faultsOf(run({ peaks: { ...peaks, rssBytes: MEMORY_LIMIT_BYTES } }))).toHaveLength(1);
});

test('a line of the log that the faults do not account for is kept', () => {
  const tally = new LogTally();
  const bug = '{"level":"error","event":"unexpected"}';
  for (const line of ['{"level":"info","event":"request"}', '{"level":"error","event":"redis.error"}', bug, bug]) {
    tally.count(line);
  }
  tally.count('{"level":"fatal","event":"crash"}');
  expect(tally.errors).toEqual({ 'redis.error': 1, unexpected: 2, crash: 1 });
  expect(tally.unexplained).toEqual([bug, bug, '{"level":"fatal","event":"crash"}']);
});
