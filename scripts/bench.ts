/** `npm run bench`: what a request costs, as ratios to servers that do less, on the same machine at the same time. */
import { availableParallelism, cpus } from 'node:os';
import './node-version.ts';
import { contenders } from '../test/bench/contenders.ts';
import { OURS } from '../test/bench/runner.ts';
import { openLoop } from '../test/bench/sections/open-loop.ts';
import { redisTrips } from '../test/bench/sections/redis-trips.ts';
import { saturation } from '../test/bench/sections/saturation.ts';
import { startAndMemory } from '../test/bench/sections/start-and-memory.ts';
import { twoProcesses } from '../test/bench/sections/two-processes.ts';
import { storedUsers } from '../test/bench/sections/stored-users.ts';
import { built } from '../test/bench/service.ts';
import { buildService } from '../test/chaos/built-service.ts';
import { serverOnPath, startServer } from '../test/support/redis-server.ts';

const SECTIONS = {
  cpu: saturation,
  latency: openLoop,
  processes: twoProcesses,
  redis: redisTrips,
  users: storedUsers,
  start: startAndMemory,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) {
  console.error(`There is no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}.`);
  process.exit(64); // EX_USAGE
}
setTimeout(() => {
  console.error(
    'The benchmark ends: it has run for 20 minutes, so this machine is too busy for its numbers to mean anything.',
  );
  process.exit(1);
}, 20 * 60_000).unref();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const binary = serverOnPath();
if (binary === undefined) {
  console.error('The benchmark needs redis-server or valkey-server on PATH.');
  process.exit(1);
}

const { BENCH_SERVICE: service = freshBuild(), BENCH_OTHER: other } = process.env;
const ours = built(OURS, service);
const servers = contenders(ours, other);

console.log(
  `${availableParallelism()} × ${cpus()[0]?.model}, Node ${process.versions.node}, ${new Date().toISOString()}`,
);
for (const [name, section] of Object.entries(SECTIONS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const beganAt = performance.now();
  const redis = await startServer(binary, []);
  process.once('exit', () => redis.process.kill('SIGKILL'));
  const report = await section({
    contenders: servers,
    ours,
    redisUrl: redis.url,
    redisPid: redis.process.pid ?? Number.NaN,
  });
  await redis.stop();
  console.log(`\n${report}\n\n(${name}: ${Math.round((performance.now() - beganAt) / 1000)} s)`);
}
process.exit();

function freshBuild(): string {
  const build = buildService();
  process.once('exit', () => build.remove());
  return build.main;
}
