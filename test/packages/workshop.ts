import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PLATFORMS, type Platform } from './platforms.js';
import { run } from './processes.js';

const root = resolve(import.meta.dirname, '../..');
const fixture = join(import.meta.dirname, 'host');

/** What a stock Nest application has for its platform. */
const PLATFORM_PACKAGES: Readonly<Record<Platform, readonly string[]>> = {
  express: ['@nestjs/platform-express', '@types/express'],
  fastify: ['@nestjs/platform-fastify'],
};

/** Folders outside of this repository, with what was installed from the tarballs. */
export interface Workshop {
  /** Has the packed simulator in its `node_modules`. */
  readonly simulator: string;
  /** Each has the packed module, Nest and one platform in its `node_modules`, and the host's compiled source. */
  readonly hosts: Readonly<Record<Platform, string>>;
  remove(): Promise<void>;
}

/** Packs all packages, and installs the simulator, and the module for a Nest application on each platform. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), 'push-resend-packages-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    return { ...(await furnish(folder)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function furnish(folder: string): Promise<Omit<Workshop, 'remove'>> {
  const packed = join(folder, 'tarballs');
  await run(process.execPath, [join(root, 'scripts/pack.ts'), packed], root);
  const tarball = (name: string) =>
    join(packed, readdirSync(packed).find((file) => file.startsWith(`push-resend-${name}-`)) ?? '');
  const simulator = join(folder, 'simulator');
  const hosts = { express: join(folder, 'express'), fastify: join(folder, 'fastify') };
  await Promise.all([
    install(simulator, [tarball('simulator')]),
    ...PLATFORMS.map((platform) => installHost(hosts[platform], platform, tarball('nestjs'))),
  ]);
  return { simulator, hosts };
}

async function installHost(folder: string, platform: Platform, tarball: string): Promise<void> {
  await install(folder, [
    tarball,
    ...[
      '@nestjs/common',
      '@nestjs/core',
      ...PLATFORM_PACKAGES[platform],
      'class-transformer',
      'class-validator',
      'ioredis',
      'reflect-metadata',
      'rxjs',
      'typescript',
      '@types/node',
    ].map(asTestedHere),
  ]);
  const isForOther = (file: string) => PLATFORMS.some((other) => other !== platform && file.endsWith(`-${other}.ts`));
  cpSync(fixture, folder, { recursive: true, filter: (file) => !isForOther(file) });
  cpSync(join(fixture, 'tsconfig.host.json'), join(folder, 'tsconfig.json'));
  // Strict, and with the declarations of every package checked.
  await run(join(folder, 'node_modules/.bin/tsc'), [], folder);
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await run('npm', ['install', '--prefix', folder, ...quietly, ...packages], folder);
}

function asTestedHere(name: string): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  return `${name}@${packages[`node_modules/${name}`]?.version}`;
}
