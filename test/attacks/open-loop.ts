/**
 * Taps at a constant rate, whether or not earlier ones have been answered; each latency counts from the time at which the
 * tap was due. A worker, so that nothing else in the test's process delays it. Posts the answers, in the order of the taps.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import type { Answer, Screen } from './site.ts';

export interface Burst {
  readonly port: number;
  readonly perSecond: number;
  /** Each taps once. */
  readonly screens: readonly Screen[];
}

/** More than ever wait at once. */
const CONNECTIONS = 900;

const { port, perSecond, screens } = workerData as Burst;
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: CONNECTIONS });
const startAt = performance.now() + 100;

async function tap({ challengeSid, authorization }: Screen, dueAt: number): Promise<Answer> {
  const path = `/v1/challenges/${challengeSid}/notifications`;
  const answer = await pool.request({ method: 'POST', path, headers: { authorization } });
  await answer.body.dump();
  return {
    status: answer.statusCode,
    retryAfter: Number(answer.headers['retry-after']),
    ms: performance.now() - dueAt,
  };
}

const answers: Promise<Answer>[] = [];
for (const [index, screen] of screens.entries()) {
  const dueAt = startAt + (index * 1000) / perSecond;
  while (dueAt > performance.now()) await sleep(1);
  answers.push(tap(screen, dueAt));
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a worker has none
parentPort?.postMessage(await Promise.all(answers));
await pool.destroy();
