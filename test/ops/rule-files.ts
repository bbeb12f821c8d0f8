import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One scenario of a promtool unit test: each query lists the alerts that fire then. */
export interface Scenario {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly expr: string;
    readonly exp_samples: readonly { readonly labels: string }[];
  }[];
}

const folder = new URL('../../ops/prometheus/', import.meta.url);

export const CONFIG_FILE = fileURLToPath(new URL('prometheus.yml', folder));
export const RULE_FILES = filesIn('rules/');
export const TEST_FILES = filesIn('tests/');

export const RULES: readonly Rule[] = RULE_FILES.flatMap(rulesIn);

/** Every rule that alerts. */
export const ALERTS = RULES.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ alert, ...rule }]));

export const SCENARIOS = TEST_FILES.flatMap((file) => (read(file) as { tests: Scenario[] }).tests);

export function rulesIn(file: string): Rule[] {
  return (read(file) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

function filesIn(path: string): string[] {
  const files = readdirSync(new URL(path, folder)).filter((name) => name.endsWith('.yml'));
  return files.map((name) => fileURLToPath(new URL(path + name, folder)));
}

function read(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}
