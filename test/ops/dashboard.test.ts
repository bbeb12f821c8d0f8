import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { dashboardOf } from '../../scripts/dashboard/grafana.ts';
import { ROWS } from '../../scripts/dashboard/rows.ts';
import { promtool } from '../support/promtool.js';
import { dashboard, type Panel } from './dashboard-file.js';
import { namedBy } from './promql.js';

const { panels } = dashboard;
const shown = panels.filter(({ type }) => type !== 'row');

test('the file is what its rows say', () => {
  expect(dashboard).toEqual(JSON.parse(JSON.stringify(dashboardOf(ROWS))));
});

test('the rows go from what is urgent to what explains it', () => {
  const rows = panels.filter(({ type }) => type === 'row').map(({ title }) => title);
  expect(rows).toEqual(['Now', 'Users', 'Decisions', 'Did it help', 'Twilio', 'Redis', 'Abuse', 'Runtime']);
});

describe.each(shown.map((panel) => [panel.title, panel] as const))('%s', (_title, panel) => {
  test('has a unit, says what it tells, and asks something', () => {
    expect(panel.fieldConfig?.defaults.unit).toMatch(/^(none|cpm|s|bytes|percentunit)$/);
    expect(panel.description).toMatch(/\.$/);
    expect(panel.targets).not.toEqual([]);
  });

  test('names its series by labels that its queries leave', () => {
    for (const { expr, legendFormat } of panel.targets ?? []) {
      const { grouping } = namedBy(expr);
      const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      if (grouping.length > 0) expect(grouping).toEqual(expect.arrayContaining(used));
      else expect(['instance', 'part', 'end']).toEqual(expect.arrayContaining(used));
    }
  });
});

test('no two panels lie on one another, and none beside the screen', () => {
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (const cell of cellsOf(gridPos)) {
      expect(taken.get(cell), `${title} at ${cell}`).toBeUndefined();
      taken.set(cell, title);
    }
  }
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
});

test('Prometheus can read every query', () => {
  const exprs = shown.flatMap(({ targets = [] }) =>
    targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '1m')),
  );
  const rules = exprs.map((expr, index) => ({ record: `query_${index}`, expr }));
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-dashboard-'));
  try {
    const file = join(directory, 'queries.yml');
    writeFileSync(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool(['check', 'rules', file])).toMatchObject({ code: 0 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('what the runbook tells to look at is there', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const named = [...runbook.matchAll(/(?<![\w`])_([A-Z][^_`]+)_(?!\w)/g)].map(([, title]) => title);
  const titles = new Set([dashboard.title, ...panels.map(({ title }) => title)]);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((title = '') => !titles.has(title.replaceAll('\n', ' ')))).toEqual([]);
});

test('docker compose starts Prometheus and Grafana with what is checked here', () => {
  const compose = parse(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8')) as {
    services: Record<string, { image?: string; volumes?: string[] }>;
  };
  expect(compose.services['prometheus']?.volumes).toContain('./ops/prometheus:/etc/prometheus:ro');
  expect(compose.services['grafana']?.volumes).toEqual(
    expect.arrayContaining([
      './ops/grafana/provisioning:/etc/grafana/provisioning:ro',
      './ops/grafana/dashboards:/etc/grafana/dashboards:ro',
    ]),
  );
  for (const { image } of Object.values(compose.services)) if (image) expect(image).toMatch(/:[\w.-]*\d/);
});

function cellsOf({ x, y, w, h }: Panel['gridPos']): string[] {
  return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
}
