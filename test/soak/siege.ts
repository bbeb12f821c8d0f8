import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Siege } from './hostile-clients.ts';

const PROGRAM = fileURLToPath(new URL('hostile-clients.ts', import.meta.url));
/** What a busy machine may take for the start and the end, in milliseconds; the process is killed after it. */
const GRACE_MS = 60_000;

/**
 * Hostile clients in a process of their own, so that they keep nobody else's event loop.
 * @returns how often they did what
 */
export async function besiege(siege: Siege): Promise<Readonly<Record<string, number>>> {
  const options = { timeout: siege.until - Date.now() + GRACE_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(siege)], options);
  return JSON.parse(stdout) as Record<string, number>;
}
