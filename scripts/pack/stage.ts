import { copyFileSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { importedPackages } from './imported-packages.ts';
import { buildPage } from '../page.ts';
import { finishedManifest } from './manifest.ts';
import { run } from './run.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * Puts everything that goes into a package's tarball into a folder of its own: what its entry points reach, compiled, with
 * relative imports; the files that these modules read; the data that the manifest lists; a web page, bundled; manifest,
 * README and licence.
 *
 * @param source the package's folder in this repository, with `package.json`, `tsconfig.package.json` and README
 * @returns the folder, below `parent`
 */
export async function stage(source: string, parent: string): Promise<string> {
  const staged = join(parent, basename(source));
  const compiled = join(staged, 'dist');
  const config = join(source, 'tsconfig.package.json');
  mkdirSync(compiled, { recursive: true });
  await run('tsc', ['--project', config, '--outDir', compiled], source);
  await run('tsc-alias', ['--project', join(root, 'tsconfig.json'), '--outDir', compiled], root);
  copyAssets(compiled, resolve(source, rootDirOf(config)));
  if (existsSync(join(source, 'page'))) await buildPage(join(compiled, 'page'));

  const manifest = finishedManifest(join(source, 'package.json'), importedPackages(compiled));
  writeFileSync(join(staged, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const data of manifest.files ?? []) {
    if (data !== 'dist') cpSync(join(source, data), join(staged, data), { recursive: true });
  }
  copyFileSync(join(source, 'README.md'), join(staged, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(staged, 'LICENSE'));
  return staged;
}

/** Files that a compiled module reads from beside itself: Lua scripts. */
function copyAssets(compiled: string, sources: string): void {
  for (const module of globSync('**/*.js', { cwd: compiled })) {
    const code = readFileSync(join(compiled, module), 'utf8');
    // backtracks: over code of this repository only
    for (const [, asset = ''] of code.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)) {
      const path = join(dirname(module), asset);
      cpSync(join(sources, path), join(compiled, path));
    }
  }
}

function rootDirOf(config: string): string {
  const { compilerOptions } = JSON.parse(readFileSync(config, 'utf8')) as { compilerOptions: { rootDir: string } };
  return compilerOptions.rootDir;
}
