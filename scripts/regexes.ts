/**
 * Fails on a regular expression of apps, libs or scripts that some input keeps busy: `node scripts/regexes.ts`.
 * One that can not be proven harmless needs a comment `backtracks: …` that says why its input can not be such.
 */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { objectionsTo } from './regexes/objections.ts';

const root = resolve(import.meta.dirname, '..');
const files = globSync('{apps,libs,scripts}/**/*.{ts,tsx,js,cjs,mjs}', { cwd: root });
const checked = files.map((file) => objectionsTo(file, readFileSync(resolve(root, file), 'utf8')));

for (const objection of checked.flat()) {
  console.error(objection);
  process.exitCode = 1;
}
