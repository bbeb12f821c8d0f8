import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startRig } from '../support/rig.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/logs-and-traces.md`, 'utf8');

/** What stands in the first column of the table under a heading. */
function firstColumn(heading: string): Set<string> {
  const [, section = ''] = page.split(`\n### ${heading}\n`);
  const rows = (section.split('\n#', 1)[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split('|', 2)[1] ?? '');
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word)));
}

test('exactly the events that the code can log are documented', () => {
  const sources = globSync(['apps/resend/src/**/*.ts', 'libs/*/src/**/*.ts'], { cwd: root });
  const logged = sources.flatMap((file) => {
    const source = readFileSync(`${root}${file}`, 'utf8');
    return source.includes('log.') ? [...source.matchAll(/event: '([a-z.-]+)'/g)].map(([, event = '']) => event) : [];
  });
  expect(new Set(logged)).toEqual(firstColumn('Events'));
});

test('every field of a request line is explained', async () => {
  const rig = await startRig();
  const screen = await rig.login();
  await screen.tap().set('traceparent', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
  rig.wait(10);
  await screen.tap().expect(429);
  await expect.poll(() => rig.logged().match(/"event":"request"/g)).toHaveLength(3);
  const requests = rig
    .logged()
    .split('\n')
    .filter((line) => line.includes('"event":"request"'));
  await rig.close();
  const fields = new Set(requests.flatMap((line) => Object.keys(JSON.parse(line) as object)));
  const explained = new Set([...firstColumn('Fields of every line'), ...firstColumn('Fields of a `request` line')]);
  expect([...fields].filter((field) => !explained.has(field))).toEqual([]);
  expect(fields.size).toBeGreaterThan(12);
});
