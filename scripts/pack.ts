/**
 * Makes the npm packages of this repository: `npm run pack`, or with a folder for the tarballs, `node scripts/pack.ts DIR`.
 * A package that another project could not use fails here: undeclared imports, `publint`, `attw`.
 */
import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { run } from './pack/run.ts';
import { stage } from './pack/stage.ts';

const root = resolve(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? join(root, 'dist/packages'));

rmSync(folder, { recursive: true, force: true });
await Promise.all(['libs/nestjs', 'libs/client', 'apps/simulator'].map((source) => pack(join(root, source))));

async function pack(source: string): Promise<void> {
  const staged = await stage(source, folder);
  const output = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], staged);
  const [{ filename }] = JSON.parse(output) as [{ filename: string }];
  const tarball = join(folder, filename);
  await run('publint', [tarball, '--strict'], root);
  await run('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed'], root);
  rmSync(staged, { recursive: true });
  console.log(relative(process.cwd(), tarball));
}
