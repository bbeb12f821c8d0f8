import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What production runs, built as `npm run build` does, into a folder of its own: nobody else's build gets in the way. */
export interface BuiltService {
  readonly main: string;
  remove(): void;
}

/** An empty folder below node_modules, so that the imports of what is built in it resolve. */
export function buildFolder(): string {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'push-resend-built-'));
}

/** Where a build has its main.js. */
export function mainOf(folder: string): string {
  return join(folder, 'dist', 'apps', 'resend', 'bundle', 'main.js');
}

export function buildService(folder = buildFolder()): BuiltService {
  mkdirSync(folder, { recursive: true });
  const inFolder = (...parts: string[]) => relative(root, join(folder, ...parts));
  const app = { root: 'apps/resend', sourceRoot: 'apps/resend/src' };
  const outDir = inFolder('dist');
  const compilerOptions = {
    builder: 'tsc',
    tsConfigPath: inFolder('tsconfig.json'),
    allowOutsidePaths: true, // where node_modules is a link
    assets: [{ include: '../../../libs/**/*.lua', outDir }],
  };
  const project = { ...app, type: 'application', entryFile: 'main', compilerOptions };
  const nest = { ...app, monorepo: true, projects: { resend: project } };
  const types = {
    extends: join(root, 'apps/resend/tsconfig.app.json'),
    compilerOptions: { outDir: join(root, outDir), noCheck: true }, // types are checked elsewhere, and take half of the time
    include: [join(root, 'apps/resend/src/**/*')],
  };
  writeFileSync(join(folder, 'nest-cli.json'), JSON.stringify(nest));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(types));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  const cli = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    execFileSync(process.execPath, [cli, 'build', 'resend', '--config', inFolder('nest-cli.json')], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    execFileSync(process.execPath, [join(root, 'scripts/bundle.ts'), join(root, outDir)], { cwd: root });
  } catch (error) {
    remove();
    throw error;
  }
  return { main: mainOf(folder), remove };
}
