/**
 * `node scripts/event-streams.ts`: what open event streams cost an instance, in memory and in CPU time, with webhooks and
 * without. Takes some three minutes and a Redis server on PATH; loopback only.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import './node-version.cjs';
import { newUsers, type User } from '../test/bench/kinds.ts';
import { OURS } from '../test/bench/runner.ts';
import { built } from '../test/bench/service.ts';
import { startTwilio } from '../test/bench/upstream.ts';
import { buildService } from '../test/chaos/built-service.ts';
import { serverOnPath, startServer } from '../test/support/redis-server.ts';

const MOST_STREAMS = 2000;
/** Before each measurement, in milliseconds, for what opening them left to the garbage collector. */
const SETTLE_MS = 10_000;
const MEASURED_MS = 60_000;
/** Streams that are opened at once. */
const AT_ONCE = 10;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const binary = serverOnPath();
if (binary === undefined) {
  console.error('Measuring needs redis-server or valkey-server on PATH.');
  process.exit(1);
}
const build = buildService();
process.once('exit', () => build.remove());
const redis = await startServer(binary, []);
process.once('exit', () => redis.process.kill('SIGKILL'));
const upstream = await startTwilio();
const agent = new Agent({ maxSockets: Infinity });

console.log('| every stream looks | streams | memory a stream | CPU time a minute |');
console.log('|---|---|---|---|');
for (const [name, streams, more] of [
  [
    'every 15 s, with webhooks',
    MOST_STREAMS,
    { TWILIO_AUTH_TOKEN: 'the-auth-token', PUBLIC_URL: 'https://login.example.com' },
  ],
  ['every 2 s, without', MOST_STREAMS / 4, {}],
] as const) {
  const { bytes, cpuSeconds } = await measured(streams, more);
  console.log(`| ${name} | ${streams} | ${(bytes / 1024).toFixed(1)} KiB | ${cpuSeconds.toFixed(1)} s |`);
}
process.exit();

async function measured(streams: number, more: Readonly<Record<string, string>>) {
  const environment = {
    CHALLENGE_CACHE_SECONDS: '2',
    EVENTS_MAX_STREAMS: String(MOST_STREAMS),
    MAX_CONNECTIONS_PER_ADDRESS: String(2 * MOST_STREAMS),
    ...more,
  };
  const start = built(OURS, build.main, environment);
  const { url, login, process: service } = await start({ upstream, redisUrl: redis.url });
  const users = await newUsers(streams, login);
  const first = await openStreams(url, users.slice(0, AT_ONCE));
  for (const stream of first) stream.destroy(); // what every first request loads and compiles
  await sleep(SETTLE_MS);
  const before = await service.usage();
  const opened: IncomingMessage[] = [];
  for (let from = 0; from < streams; from += AT_ONCE) {
    opened.push(...(await openStreams(url, users.slice(from, from + AT_ONCE))));
  }
  await sleep(SETTLE_MS);
  const began = await service.usage();
  await sleep(MEASURED_MS);
  const ended = await service.usage();
  const open = opened.filter(({ closed }) => !closed).length;
  if (open !== streams) throw new Error(`${open} streams are open, not ${streams}`);
  await service.stop();
  return {
    bytes: (ended.rssBytes - before.rssBytes) / streams,
    cpuSeconds: ((ended.cpuMicros - began.cpuMicros) / 1e6) * (60_000 / MEASURED_MS),
  };
}

/** A stream for each user. */
function openStreams(url: string, users: readonly User[]): Promise<IncomingMessage[]> {
  return Promise.all(
    users.map(async ({ tap: { path, headers } }) => {
      const events = path.replace('/notifications', '/events');
      const [stream] = await once(request(url + events, { agent, headers }).end(), 'response');
      if (stream.statusCode !== 200) throw new Error(`a stream was answered ${stream.statusCode}`);
      return stream.on('error', () => undefined).resume();
    }),
  );
}
