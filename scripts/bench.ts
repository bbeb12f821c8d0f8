/** `npm run bench`: the CPU cost of a request, compared with a bare server on the same machine at the same time. */
import { randomBytes } from 'node:crypto';
import { availableParallelism, cpus } from 'node:os';
import './node-version.ts';
import { Contender } from '../test/bench/contender.ts';
import { fire, type Shot } from '../test/bench/load.ts';
import { redisCalls, summed } from '../test/bench/redis-calls.ts';
import { startService } from '../test/bench/service.ts';
import { buildService } from '../test/chaos/built-service.ts';
import { serverOnPath, startServer } from '../test/support/redis-server.ts';

const ROUNDS = 9;
const USERS = 400;
const WARM_UP_USERS = 1000;
/** No new round starts after this many milliseconds. */
const BUDGET_MS = 80_000;

const beganAt = performance.now();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const binary = serverOnPath();
if (binary === undefined) {
  console.error('The benchmark needs redis-server or valkey-server on PATH.');
  process.exit(1);
}
const redis = await startServer(binary, []);
process.once('exit', () => redis.process.kill('SIGKILL'));
const built = buildService();
process.once('exit', () => built.remove());

const twilioUrl = `http://127.0.0.1:${await new Contender('fake-twilio.ts', {}).port()}`;
const places = { TWILIO_URL: twilioUrl, REDIS_URL: redis.url };
const service = await startService(built.main, twilioUrl, redis.url);

/** A server under test. `credentials` creates one credential per identity. */
interface Runner {
  readonly name: string;
  readonly process: Contender;
  readonly url: string;
  readonly credentials: (identities: readonly string[]) => Promise<readonly string[]>;
}
const runners: Runner[] = [
  await plain('bare', 'bare.ts'),
  { name: 'Push Resend', credentials: service.register, ...service },
  await plain('an afternoon’s', 'afternoon.ts'),
];

/** CPU time per request in microseconds, by runner and kind of request. */
const costs = new Map<string, number[]>();
for (const runner of runners) await run(runner, WARM_UP_USERS);
costs.clear();
let rounds = 0;
for (; rounds < ROUNDS && performance.now() - beganAt < BUDGET_MS; rounds++) {
  for (const runner of runners) await run(runner, USERS);
}
await report();
process.exit();

async function plain(name: string, main: string): Promise<Runner> {
  const contender = new Contender(main, places);
  const url = `http://127.0.0.1:${await contender.port()}`;
  return { name, process: contender, url, credentials: async (identities) => identities };
}

/** For each of `users` new users: one accepted tap, then two refused taps, then two looks. */
async function run(runner: Runner, users: number): Promise<void> {
  const taps = await tapsOf(runner.credentials, users);
  await measured(runner, 'accepted', taps, 201);
  await measured(runner, 'refused', [...taps, ...taps], 429);
  if (runner.name === 'Push Resend') await measured(runner, 'look', [...taps, ...taps].map(asLook), 200);
}

async function measured(runner: Runner, kind: string, shots: readonly Shot[], status: number): Promise<void> {
  const before = await runner.process.usage();
  await fire(runner.url, shots, status);
  const { cpuMicros } = await runner.process.usage();
  const key = `${runner.name} ${kind}`;
  costs.set(key, [...(costs.get(key) ?? []), (cpuMicros - before.cpuMicros) / shots.length]);
}

async function tapsOf(credentials: Runner['credentials'], users: number): Promise<Shot[]> {
  const identities = Array.from({ length: users }, () => `user-${randomBytes(8).toString('hex')}`);
  const tokens = await credentials(identities);
  return tokens.map((token) => ({
    method: 'POST',
    path: `/v1/challenges/YC${randomBytes(16).toString('hex')}/notifications`,
    // A different address for each user.
    headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}` },
  }));
}

function asLook({ path, headers }: Shot): Shot {
  return { method: 'GET', path: path.replace('/notifications', ''), headers };
}

async function report(): Promise<void> {
  const cost = (name: string, kind: string) => median(costs.get(`${name} ${kind}`) ?? []);
  const ratio = (name: string, kind: string, to = kind) => {
    const times = cost(name, kind) / cost('bare', to);
    return Number.isNaN(times) ? '' : `${times.toFixed(2)} (${Math.round(cost(name, kind))} µs)`;
  };
  const { rssBytes } = await service.process.usage();
  const asked = await callsOfOne();
  console.log(
    [
      `CPU time a request, bare = 1; medians of ${rounds} alternating rounds of ${USERS} users on ${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
      '',
      '| request | bare | Push Resend | an afternoon’s | Redis is asked by Push Resend |',
      '|---|---|---|---|---|',
      ...(['accepted', 'refused'] as const).map(
        (kind) => `| ${kind} | ${runners.map(({ name }) => ratio(name, kind)).join(' | ')} | ${asked[kind]} |`,
      ),
      `| look | ${ratio('bare', 'refused')} | ${ratio('Push Resend', 'look', 'refused')} | | ${asked.look} |`,
      '',
      `Push Resend after ${Math.round((performance.now() - beganAt) / 1000)} s: ${Math.round(rssBytes / 2 ** 20)} MiB resident`,
    ].join('\n'),
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

async function callsOfOne(): Promise<Record<'accepted' | 'refused' | 'look', string>> {
  const { url, register } = service;
  const taps = await tapsOf(register, 1);
  const during = async (shots: readonly Shot[], status: number) =>
    summed(await redisCalls(redis.url, () => fire(url, shots, status)));
  return {
    accepted: await during(taps, 201),
    refused: await during(taps, 429),
    look: await during(taps.map(asLook), 200),
  };
}
