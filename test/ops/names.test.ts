import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';
import { dashboard } from './dashboard-file.js';
import { type Exposition, scrape } from './exposition.js';
import { namedBy } from './promql.js';
import { RULES } from './rule-files.js';

/** What Prometheus itself adds. */
const OF_PROMETHEUS = new Set(['up', 'ALERTS']);
const LABELS_OF_PROMETHEUS = new Set(['job', 'instance', 'alertname', 'alertstate', 'le']);
const RECORDED = new Map(RULES.flatMap(({ record, expr }) => (record === undefined ? [] : [[record, expr] as const])));

let rig: Rig;
let live: Exposition;
beforeAll(async () => {
  rig = await startRig();
  live = await scrape(rig);
});
afterAll(() => rig.close());

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [`panel “${title}”`, expr] as const),
);
const rules = RULES.map(({ record, alert, expr }) => [record ?? alert ?? '', expr] as const);

describe.each([...rules, ...queries])('%s', (_name, expr) => {
  const { selectors, grouping } = namedBy(expr);

  test('names only metrics and label values that are there from the start', () => {
    expect(selectors).not.toEqual([]);
    for (const { metric, matchers } of selectors) {
      if (OF_PROMETHEUS.has(metric)) continue;
      const recorded = RECORDED.get(metric);
      if (recorded !== undefined) {
        for (const { label } of matchers) expect(namedBy(recorded).grouping).toContain(label);
        continue;
      }
      const series = live.series.filter(({ name }) => name === metric);
      expect(series, metric).not.toEqual([]);
      for (const { label, operator, value } of matchers) {
        const values = new Set(series.map(({ labels }) => labels[label]));
        for (const word of operator.endsWith('~') ? alternativesOf(value) : [value]) {
          expect([...values], `${metric}{${label}${operator}"${value}"}`).toContain(word);
        }
      }
    }
  });

  test('groups only by labels that they have', () => {
    const labels = new Set(LABELS_OF_PROMETHEUS);
    for (const { metric } of selectors) {
      for (const label of namedBy(RECORDED.get(metric) ?? '').grouping) labels.add(label);
      for (const series of live.series)
        if (series.name === metric) Object.keys(series.labels).forEach((one) => labels.add(one));
    }
    expect(grouping.filter((label) => !labels.has(label))).toEqual([]);
  });
});

test('a name or a value that is not there would be found', () => {
  const { selectors } = namedBy(
    'sum by (code) (rate(push_resend_x_total{code=~"a|b",outcome!="c"}[5m])) > 0 and on () up == 1',
  );
  expect(selectors).toEqual([
    {
      metric: 'push_resend_x_total',
      matchers: [
        { label: 'code', operator: '=~', value: 'a|b' },
        { label: 'outcome', operator: '!=', value: 'c' },
      ],
    },
    { metric: 'up', matchers: [] },
  ]);
});

test('docs/metrics.md lists every metric of ours, and none that is not there', () => {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const listed = [...text.matchAll(/^\| `(push_resend_\w+)`/gm)].map(([, name = '']) => name);
  const declared = [...live.text.matchAll(/^# TYPE (push_resend_\w+) /gm)].map(([, name = '']) => name);
  expect(listed.toSorted()).toEqual(declared.toSorted());
});

/** The words of a matcher like `a|b`; anything cleverer has to be taught here. */
function alternativesOf(pattern: string): string[] {
  if (!/^[\w:./|-]+$/.test(pattern)) throw new Error(`not only words: ${pattern}`);
  return pattern.split('|');
}
