/**
 * The Grafana dashboard. `node scripts/dashboard.ts` fails if the file in ops/grafana is out of date; with `--write` it
 * generates the file from scripts/dashboard/rows.ts.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboardOf } from './dashboard/grafana.ts';
import { ROWS } from './dashboard/rows.ts';

const file = fileURLToPath(new URL('../ops/grafana/dashboards/push-resend.json', import.meta.url));
const dashboard = JSON.stringify(dashboardOf(ROWS));

if (process.argv.includes('--write')) {
  writeFileSync(file, dashboard);
  const { status } = spawnSync('biome', ['format', '--write', file], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else if (JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) !== dashboard) {
  console.error('ops/grafana/dashboards/push-resend.json is out of date: run node scripts/dashboard.ts --write');
  process.exitCode = 1;
}
