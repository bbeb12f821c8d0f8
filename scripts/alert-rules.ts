/**
 * `RUNBOOK_URL=https://wiki.example/runbook npm run rules`: writes the Prometheus rules into dist/prometheus/rules, with
 * `runbook_url`s that can be followed from a pager. Another folder: `npm run rules -- FOLDER`.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'ops/prometheus/rules');
const folder = resolve(process.argv[2] ?? join(root, 'dist/prometheus/rules'));
const runbook = process.env['RUNBOOK_URL'] ?? '';

if (!/^https?:$/.test(URL.parse(runbook)?.protocol ?? '') || runbook.includes('#')) {
  console.error('RUNBOOK_URL must be where docs/runbook.md is published, such as https://wiki.example/runbook.');
  process.exit(78); // EX_CONFIG
}
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(source)) {
  const rules = readFileSync(join(source, file), 'utf8');
  // A JSON string is also one of YAML, whatever is in the address.
  const linked = rules.replaceAll(/(?<=runbook_url: )docs\/runbook\.md(#\w+)/g, (_, entry: string) =>
    JSON.stringify(runbook + entry),
  );
  writeFileSync(join(folder, file), linked);
}
console.log(`The rules are in ${folder}.`);
