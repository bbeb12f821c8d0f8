import type supertest from 'supertest';
import { expect } from 'vitest';
import { scrape } from '../ops/exposition.js';
import type { Rig } from '../support/rig.js';

/** What an operator can see of one request. */
export interface SeenRefusal {
  readonly status: number;
  /** In the log line of the request. */
  readonly reason?: string;
  /** The reason whose counter went up by one, if any did. */
  readonly counted?: string;
}

let requests = 0;

/** Sends it. @param metric without the prefix and `_refused_total` */
export async function refusalOf(
  rig: Rig,
  request: supertest.Test,
  metric: 'sessions' | 'consumers' | 'webhooks' = 'sessions',
): Promise<SeenRefusal> {
  const name = `push_resend_${metric}_refused_total`;
  const counts = async () => {
    const series = (await scrape(rig)).series.filter((one) => one.name === name);
    return new Map(series.map(({ labels, value }) => [labels['reason'] ?? '', value]));
  };
  const requestId = `a-refused-request-${++requests}`;
  const before = await counts();
  const { status } = await request.set('request-id', requestId);
  const lineOf = () =>
    rig
      .logged()
      .split('\n')
      .filter((line) => line.includes(requestId))
      .map((line) => JSON.parse(line) as { event: string; reason?: string })
      .findLast(({ event }) => event === (metric === 'webhooks' ? 'webhook' : 'request'));
  await expect.poll(lineOf).toBeDefined();
  const reason = lineOf()?.reason;
  const after = await counts();
  const [counted, ...more] = [...after].filter(([word, count]) => count === (before.get(word) ?? NaN) + 1);
  if (more.length > 0) throw new Error('one refusal was counted twice');
  return { status, ...(reason !== undefined && { reason }), ...(counted && { counted: counted[0] }) };
}
