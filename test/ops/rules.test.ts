import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { promtool } from '../support/promtool.js';
import { ALERTS, CONFIG_FILE, RULES, RULE_FILES, rulesIn, SCENARIOS, TEST_FILES } from './rule-files.js';

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
const entries = [...runbook.matchAll(/^### (\w+)$/gm)].map(([, name]) => name ?? '');

test('Prometheus accepts its configuration, and every rule in it', () => {
  expect(promtool(['check', 'config', CONFIG_FILE])).toMatchObject({ code: 0 });
  expect(promtool(['check', 'rules', '--lint-fatal', ...RULE_FILES])).toMatchObject({ code: 0 });
});

describe('the unit tests of the rules', () => {
  test.each(TEST_FILES.map((file) => [basename(file), file]))('%s', { timeout: 60_000 }, (_name, file) => {
    const { code, said } = promtool(['test', 'rules', file]);
    expect(said).not.toContain('FAILED');
    expect(code).toBe(0);
  });
});

describe.each(ALERTS.map((alert) => [alert.alert, alert] as const))('%s', (name, { labels, annotations }) => {
  const told = (what: 'fires' | 'stays silent') =>
    SCENARIOS.filter((scenario) => new RegExp(`\\b${name} ${what}\\b`).test(scenario.name));
  const isListed = ({ exp_samples }: { exp_samples: readonly { labels: string }[] }) =>
    exp_samples.some((sample) => sample.labels === `{alertname="${name}"}`);

  test('fires in a scenario of its own, and stays silent in another', () => {
    const fires = told('fires');
    const isSilent = told('stays silent');
    expect(fires).not.toEqual([]);
    expect(isSilent).not.toEqual([]);
    for (const { promql_expr_test: queries } of fires) expect(queries.some(isListed)).toBe(true);
    for (const { promql_expr_test: queries } of isSilent) {
      expect(queries.filter((query) => query.exp_samples.length === 0 || !isListed(query))).not.toEqual([]);
    }
  });

  test('says whom it wakes, what it means and where its runbook is', () => {
    expect(labels?.['severity']).toMatch(/^(page|ticket)$/);
    expect(annotations?.['summary']).toMatch(/\.$/);
    expect(annotations?.['description']).toMatch(/\.$/);
    expect(annotations?.['runbook_url']).toBe(`docs/runbook.md#${name.toLowerCase()}`);
  });

  test('has its entry in the runbook', () => {
    const [, entry = ''] = runbook.split(new RegExp(`^### ${name}$`, 'm'));
    const own = entry.split(/^##/m)[0] ?? '';
    for (const part of ['Meaning', 'Who is hurt', 'Look at', 'Do', 'Over when']) expect(own).toContain(`**${part}**`);
  });
});

describe('npm run rules', () => {
  const script = fileURLToPath(new URL('../../scripts/alert-rules.ts', import.meta.url));
  const run = (folder: string, RUNBOOK_URL: string) =>
    spawnSync(process.execPath, [script, folder], { env: { ...process.env, RUNBOOK_URL }, encoding: 'utf8' });

  test('writes the same rules with links that can be followed from anywhere', () => {
    const folder = mkdtempSync(join(tmpdir(), 'push-resend-rules-'));
    try {
      const address = 'https://wiki.example/x/run book?v="2": ';
      expect(run(folder, address)).toMatchObject({ status: 0, stderr: '' });
      const files = RULE_FILES.map((file) => join(folder, basename(file)));
      expect(promtool(['check', 'rules', '--lint-fatal', ...files])).toMatchObject({ code: 0 });
      const linked = RULES.map(({ annotations: said, ...rule }) => {
        const link = said?.['runbook_url']?.replace('docs/runbook.md', address);
        return { ...rule, ...(said && { annotations: { ...said, runbook_url: link } }) };
      });
      expect(files.flatMap(rulesIn)).toEqual(linked);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['docs/runbook.md', 'https://wiki.example/runbook#top'])('refuses the address %s', (address) => {
    const stderr = expect.stringContaining('RUNBOOK_URL must be');
    expect(run(join(tmpdir(), 'never-made'), address)).toMatchObject({ status: 78, stderr });
  });
});

test('the runbook has no entry for an alert that is not there', () => {
  expect(entries.toSorted()).toEqual(ALERTS.map(({ alert }) => alert).toSorted());
});

test('every query of a scenario lists all that fires, so that none fires unseen', () => {
  const queries = new Set(SCENARIOS.flatMap((scenario) => scenario.promql_expr_test.map(({ expr }) => expr)));
  expect([...queries]).toEqual(['sum by (alertname) (ALERTS{alertstate="firing"})']);
});

test('no rule is there twice', () => {
  const names = RULES.map(({ record, alert }) => record ?? alert);
  expect(names).toEqual([...new Set(names)]);
});
