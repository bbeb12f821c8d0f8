/** A Redis for the whole test run: the one at REDIS_URL, else a server of our own that ends with the run. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { TestProject } from 'vitest/node';
import { installFromDebian } from './debian.ts';
import { freePort } from './free-port.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Absent where no Redis could be had: `redisUrl()` then fails the test that asks. */
    redisUrl: string | undefined;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') {
    project.provide('redisUrl', given);
    return async () => {};
  }
  const binary = serverOnPath() ?? installedFromDebian();
  if (binary !== undefined) {
    const server = await startServer(binary, []);
    project.provide('redisUrl', server.url);
    return () => server.stop();
  }
  const container = await startContainer();
  project.provide('redisUrl', container?.url);
  return async () => container?.stop();
}

export interface RedisServer {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/** The first Redis-compatible server on PATH. */
export function serverOnPath(): string | undefined {
  return ['redis-server', 'valkey-server'].find((name) => succeeds(name, ['--version']));
}

/** Starts a server on a free loopback port, without persistence unless `options` say otherwise. */
export async function startServer(binary: string, options: readonly string[]): Promise<RedisServer> {
  const port = String(await freePort());
  const dir = mkdtempSync(join(tmpdir(), 'push-resend-redis-'));
  const basics = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
  ];
  const child = spawn(binary, [...basics, ...options], { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  await answers(url);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  return { url, process: child, stop };
}

function installedFromDebian(): string | undefined {
  return installFromDebian('redis-server', 'No Redis server on PATH') ? serverOnPath() : undefined;
}

async function startContainer(): Promise<{ url: string; stop: () => Promise<void> } | undefined> {
  if (!succeeds('docker', ['info'])) return undefined;
  const port = String(await freePort());
  const run = ['run', '--rm', '--detach', '--publish', `127.0.0.1:${port}:6379`, valkeyImage()];
  const id = execFileSync('docker', run, { encoding: 'utf8' }).trim();
  const url = `redis://127.0.0.1:${port}`;
  await answers(url);
  return { url, stop: async () => void execFileSync('docker', ['kill', id], { stdio: 'ignore' }) };
}

/** The one that docker-compose.yml pins. */
function valkeyImage(): string {
  const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const [image = ''] = /valkey\/valkey:\S+/.exec(compose) ?? [];
  return image;
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      await redis.ping();
      return;
    } catch {
      await sleep(50);
    } finally {
      redis.disconnect();
    }
  }
  throw new Error(`The Redis server at ${url} did not answer within 10 seconds.`);
}

function succeeds(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
