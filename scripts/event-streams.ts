/**
 * `node scripts/event-streams.ts`: what open event streams cost an instance, in memory and in CPU time, with webhooks and
 * without. Takes some three minutes and a Redis server on PATH; loopback only.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import './node-version.ts';
import { freePort } from '../test/support/free-port.ts';
import { serverOnPath, startServer } from '../test/support/redis-server.ts';
import { newApiKey } from './demo-pair.ts';

const MOST_STREAMS = 2000;
/** Before each measurement, in milliseconds, for what opening them left to the garbage collector. */
const SETTLE_MS = 10_000;
const MEASURED_MS = 60_000;
/** Streams that are opened at once. */
const AT_ONCE = 10;

const MAIN = new URL('../dist/apps/resend/src/main.js', import.meta.url).pathname;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
const binary = serverOnPath();
if (binary === undefined) {
  console.error('Measuring needs redis-server or valkey-server on PATH.');
  process.exit(1);
}
execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
const redis = await startServer(binary, []);
process.once('exit', () => redis.process.kill('SIGKILL'));
const twilioUrl = await startTwilio();

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
  const service = await startService(more);
  const open = await Promise.all(Array.from({ length: AT_ONCE }, () => service.openStream()));
  for (const close of open) close(); // what every first request loads and compiles
  await sleep(SETTLE_MS);
  const before = await service.metrics();
  for (let opened = 0; opened < streams; opened += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => service.openStream()));
  }
  await sleep(SETTLE_MS);
  const start = await service.metrics();
  await sleep(MEASURED_MS);
  const end = await service.metrics();
  if (end.streams !== streams) throw new Error(`${end.streams} streams are open, not ${streams}`);
  service.stop();
  return {
    bytes: (end.residentBytes - before.residentBytes) / streams,
    cpuSeconds: ((end.cpuSeconds - start.cpuSeconds) * 60_000) / MEASURED_MS,
  };
}

async function startService(more: Readonly<Record<string, string>>) {
  const { credential, record } = newApiKey('streams', ['sessions:write']);
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-streams-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const keysFile = join(directory, 'keys.json');
  writeFileSync(keysFile, JSON.stringify([record]));
  const [port, privatePort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, ['--max-old-space-size=192', MAIN], {
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      PRIVATE_PORT: String(privatePort),
      TWILIO_BASE_URL: twilioUrl,
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}`,
      TWILIO_API_KEY_SECRET: 'secret',
      TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
      REDIS_URL: redis.url,
      REDIS_ALLOW_UNSAFE: 'true',
      REDIS_COMMAND_TIMEOUT_MS: '5000',
      // A machine that is busy with something else shall end no measurement.
      TWILIO_QUEUE_WAIT_MS: '5000',
      TWILIO_FETCH_DEADLINE_MS: '10000',
      RESEND_LEASE_SECONDS: '60',
      THROTTLE_ADDRESS_PER_MINUTE: '100000',
      EVENTS_MAX_STREAMS: String(MOST_STREAMS),
      INTERNAL_API_KEYS_FILE: keysFile,
      IDENTITY_HASH_SECRET: randomBytes(32).toString('hex'),
      ...more,
    },
    stdio: 'ignore',
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const internal = `http://127.0.0.1:${privatePort}`;
  for (let attempt = 0; ; attempt++) {
    if (
      await fetch(`${internal}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    if (attempt === 600) throw new Error('the service is not ready within 30 seconds');
    await sleep(50);
  }

  const agent = new Agent({ maxSockets: Infinity });
  const openStream = async (): Promise<() => void> => {
    const answer = await fetch(`${internal}/internal/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ identity: `user-${randomBytes(8).toString('hex')}`, expiresInSeconds: 3600 }),
    });
    const { token } = (await answer.json()) as { token: string };
    const path = `/v1/challenges/YC${randomBytes(16).toString('hex')}/events`;
    const asked = request({ agent, port, path, headers: { authorization: `Bearer ${token}` } }).end();
    const [response] = await once(asked, 'response');
    if (response.statusCode !== 200) throw new Error(`a stream was answered ${response.statusCode}`);
    response.on('error', () => undefined).resume();
    return () => asked.destroy();
  };
  const metrics = async () => {
    const text = await (await fetch(`${internal}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return {
      streams: value('push_resend_event_streams'),
      residentBytes: value('process_resident_memory_bytes'),
      cpuSeconds: value('process_cpu_seconds_total'),
    };
  };
  return { openStream, metrics, stop: () => child.kill('SIGKILL') };
}

/** Answers as Twilio does: every Challenge is pending and a minute old. */
async function startTwilio(): Promise<string> {
  const date = (inSeconds: number) => new Date(Date.now() + inSeconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
  const server = createServer((asked, response) => {
    const [, identity, sid] = /\/Entities\/([\w-]+)\/Challenges\/(YC\w+)/.exec(asked.url ?? '') ?? [];
    const dates = { date_created: date(-60), expiration_date: date(540) };
    const body = { sid, identity, status: 'pending', factor_type: 'push', ...dates };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.keepAliveTimeout = 60_000;
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
