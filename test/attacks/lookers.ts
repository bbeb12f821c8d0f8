/**
 * Clients that look again as soon as they are answered, whatever the answer. A worker, so that they delay nobody else in the
 * test's process. Posts all answers when the time is over.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Pool } from 'undici';
import type { Answer, Screen } from './site.ts';

export interface Lookers {
  readonly port: number;
  readonly ms: number;
  /** One client each. */
  readonly screens: readonly Screen[];
}

const { port, ms, screens } = workerData as Lookers;
const pool = new Pool(`http://127.0.0.1:${port}`, { connections: screens.length });
const until = performance.now() + ms;
const answers: Answer[] = [];

async function look({ challengeSid, authorization }: Screen): Promise<void> {
  const askedAt = performance.now();
  const path = `/v1/challenges/${challengeSid}`;
  const { statusCode: status, headers, body } = await pool.request({ method: 'GET', path, headers: { authorization } });
  await body.dump();
  answers.push({ status, retryAfter: Number(headers['retry-after']), ms: performance.now() - askedAt });
}

await Promise.all(
  screens.map(async (screen) => {
    while (performance.now() < until) await look(screen);
  }),
);
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- the port of a worker has none
parentPort?.postMessage(answers);
await pool.destroy();
