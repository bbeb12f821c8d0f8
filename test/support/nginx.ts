/** nginx for a test: the one on PATH, else Debian's, installed as root. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { installFromDebian } from './debian.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether there is one: `startNginx()` fails the test that asks where there is none. */
    hasNginx: boolean;
  }
}

/** Debian has it here, which is not on everybody's PATH. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;
const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export default function setup(project: TestProject): void {
  project.provide('hasNginx', isOnPath() || (installFromDebian('nginx-light', 'No nginx on PATH') && isOnPath()));
}

/**
 * Starts nginx in the foreground, as one process.
 *
 * @param http what stands in the `http` block
 * @param port one that it listens on, to see that it has started
 * @returns stops it
 */
export async function startNginx(http: string, port: number): Promise<() => Promise<void>> {
  if (!inject('hasNginx')) throw new Error('No nginx: put one on PATH (Debian: apt-get install nginx-light).');
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-nginx-'));
  const paths = TEMPORARY.map((name) => `${name}_temp_path ${directory}/${name};`).join('\n');
  const config = join(directory, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off;\nmaster_process off;\npid ${directory}/pid;\nerror_log stderr warn;\nevents {}\nhttp {\naccess_log off;\n${paths}\n${http}\n}\n`,
  );
  const child = spawn('nginx', ['-e', 'stderr', '-p', directory, '-c', config], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'exit');
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`nginx has not started: ${said}`);
  }
  return async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => setTimeout(resolve, 20, false));
    socket.once('connect', () => socket.destroy());
  });
}

function isOnPath(): boolean {
  return spawnSync('nginx', ['-v'], { env: { ...process.env, PATH } }).status === 0;
}
