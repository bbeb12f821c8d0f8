import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { stage } from '../../../scripts/pack/stage.ts';

const root = resolve(import.meta.dirname, '../../..');

export interface BuiltSite {
  /** The files that a web server serves. */
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * The login application in a folder of its own, where `@push-resend/client` is what its tarball holds, built with Vite. It has
 * React's development build, because only that renders and mounts everything twice in StrictMode.
 */
export async function buildSite(): Promise<BuiltSite> {
  const project = mkdtempSync(join(tmpdir(), 'push-resend-login-app-'));
  const remove = () => rm(project, { recursive: true, force: true });
  try {
    const modules = join(project, 'node_modules');
    mkdirSync(join(modules, '@push-resend'), { recursive: true });
    await stage(join(root, 'libs/client'), join(modules, '@push-resend'));
    for (const name of ['react', 'react-dom', 'scheduler']) {
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
    }
    cpSync(join(import.meta.dirname, 'login-app'), project, { recursive: true });
    await build({
      root: project,
      configFile: false,
      logLevel: 'warn',
      define: { 'process.env.NODE_ENV': '"development"' },
      resolve: { preserveSymlinks: true },
      oxc: { jsx: { runtime: 'automatic' } },
      build: {
        rolldownOptions: { input: ['index.html', 'element.html', 'plain.html'].map((page) => join(project, page)) },
      },
    });
    return { folder: join(project, 'dist'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
