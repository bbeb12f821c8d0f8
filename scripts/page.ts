/** Bundles the simulator's web page beside its compiled code: `node scripts/page.ts`, the last step of `npm run build`. */
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'rolldown';

const root = resolve(import.meta.dirname, '..');

/** Writes `index.html`, `page.css` and `page.js`, the script with everything that it imports, into a folder. */
export async function buildPage(folder: string): Promise<void> {
  const source = join(root, 'apps/simulator/page');
  await build({
    input: join(source, 'page.ts'),
    platform: 'browser',
    tsconfig: join(source, 'tsconfig.json'),
    output: { dir: folder, entryFileNames: 'page.js', format: 'esm', minify: true },
    logLevel: 'warn',
  });
  for (const file of ['index.html', 'page.css']) cpSync(join(source, file), join(folder, file));
}

if (import.meta.main) await buildPage(join(root, 'dist/apps/simulator/src/page'));
