import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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

/** What tsconfig.json has paths for, and what the compiler itself brings. */
const OURS = /^@(audit|egress|ledger|nest|redis|resend|sessions|telemetry|verify|oxc-project)\//;
const LUA = /new URL\('([\w./-]+\.lua)', import\.meta\.url\)/g;

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache'); // so that imports resolve
mkdirSync(cache, { recursive: true });
const directory = mkdtempSync(join(cache, 'push-resend-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

// Node would load its TypeScript compiler in each of them, which takes longer than the whole start of a small server.
await build({
  input: Object.fromEntries(PROGRAMS.map((name) => [name, fileURLToPath(new URL(`${name}.ts`, import.meta.url))])),
  platform: 'node',
  tsconfig: join(root, 'tsconfig.json'),
  external: (id) => /^[^./]/.test(id) && !OURS.test(id),
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  plugins: [{ name: 'scripts stay where they are', transform: (code, id) => code.replaceAll(LUA, scriptBeside(id)) }],
  output: { dir: directory, entryFileNames: '[name].js', format: 'esm' },
  logLevel: 'warn',
});

function scriptBeside(module: string): string {
  return `new URL('$1', '${pathToFileURL(module).href}')`;
}

/** The path of a program of this folder, compiled. */
export function programPath(name: Program): string {
  return join(directory, `${name}.js`);
}
