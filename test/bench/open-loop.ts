/**
 * Sends requests at a constant rate, whether or not earlier ones have been answered, and takes each latency from the time
 * at which the request was due: a server that stalls is charged for everything that had to wait. A process of its own,
 * so that nobody else's work delays it. Gets a plan over IPC, and answers it with the latencies in milliseconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Shot } from './load.ts';

export interface Plan {
  readonly url: string;
  /** PEM to trust. */
  readonly ca?: string;
  readonly perSecond: number;
  /** Each is sent in one go: one request, or several, one after the answer to the other. */
  readonly journeys: readonly (readonly Shot[])[];
  /** Of every last answer. */
  readonly status: number;
}

/** More than ever wait at once. */
const CONNECTIONS = 2000;

process.on('message', (plan: Plan | string) => {
  if (typeof plan === 'string') return; // `told.ts` answers
  send(plan).then(
    (latencies) => process.send?.(latencies),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function send({ url, ca, perSecond, journeys, status }: Plan): Promise<number[]> {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1, ...(ca !== undefined && { connect: { ca } }) });
  const startAt = performance.now() + 100;
  const dueAt = (index: number) => startAt + (index * 1000) / perSecond;
  const one = async (journey: readonly Shot[], index: number) => {
    for (const [step, shot] of journey.entries()) {
      const { statusCode, body } = await pool.request(shot);
      const text = await body.text();
      if (step === journey.length - 1 && statusCode !== status) throw new Error(`answered ${statusCode}: ${text}`);
    }
    return performance.now() - dueAt(index);
  };
  const underWay: Promise<number>[] = [];
  while (underWay.length < journeys.length) {
    for (const [index, journey] of journeys.entries()) {
      if (index < underWay.length) continue;
      if (dueAt(index) > performance.now()) break;
      underWay.push(one(journey, index));
    }
    await sleep(1);
  }
  const latencies = await Promise.all(underWay);
  await pool.destroy();
  return latencies;
}
