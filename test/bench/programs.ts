import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const PROGRAMS = [
  'told',
  'fake-twilio',
  'open-loop',
  'contenders/bare',
  'contenders/least',
  'contenders/peer',
  'contenders/afternoon',
] as const;

export type Program = (typeof PROGRAMS)[number];

const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url)); // so that imports resolve
mkdirSync(cache, { recursive: true });
const directory = mkdtempSync(join(cache, 'push-resend-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

// Node would load its TypeScript compiler in each of them, which takes longer than the whole start of a small server.
await build({
  input: Object.fromEntries(PROGRAMS.map((name) => [name, fileURLToPath(new URL(`${name}.ts`, import.meta.url))])),
  platform: 'node',
  external: /^[^./]/,
  output: { dir: directory, entryFileNames: '[name].js', format: 'esm' },
  logLevel: 'warn',
});

/** The path of a program of this folder, compiled. */
export function programPath(name: Program): string {
  return join(directory, `${name}.js`);
}
