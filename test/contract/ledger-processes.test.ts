/** Four processes at once on one Redis, with the very script of production. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { POLICY } from '../support/ledger-on-test-clock.js';
import { ownCorner, redisUrl } from '../support/redis.js';

const corner = ownCorner();
const lua = fileURLToPath(new URL('../../libs/ledger/src/ledger.lua', import.meta.url));

/** Connects, says so, waits for a word, taps so many times at once, and tells what each tap was answered. */
const TAPPER = `
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
const { REDIS, LUA, USER, POLICY, TAPS } = process.env;
const redis = new Redis(REDIS);
redis.defineCommand('ledger', { numberOfKeys: 2, lua: readFileSync(LUA, 'utf8') });
await redis.ping();
console.log('ready');
process.stdin.once('data', async () => {
  const taps = Array.from({ length: Number(TAPS) }, (_, tap) => {
    const command = JSON.stringify({ id: process.pid + '-' + tap, challengeSid: 'YC-a' });
    return redis.ledger(USER, USER + ':block', 'reserve', command, POLICY);
  });
  const answers = (await Promise.all(taps)).map((reply) => JSON.parse(reply));
  console.log(JSON.stringify(answers.map(({ kind, code }) => code ?? kind)));
  process.exit(0);
});
`;

const processes: ChildProcess[] = [];
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  const names = await corner.keys();
  if (names.length > 0) await corner.redis.unlink(...names);
  corner.redis.disconnect();
});

test('of 200 taps of one user from four processes one is granted', async () => {
  const env = {
    ...process.env,
    REDIS: redisUrl(),
    LUA: lua,
    USER: `${corner.keyPrefix}{tapper}`,
    POLICY: JSON.stringify(POLICY),
    TAPS: '50',
  };
  for (let number = 0; number < 4; number++) {
    const args = ['--input-type=module', '--eval', TAPPER];
    processes.push(spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] }));
  }
  await Promise.all(processes.map((child) => saying(child)));
  const told = processes.map((child) => saying(child));
  for (const child of processes) child.stdin?.write('go\n');
  const answers = (await Promise.all(told)).flatMap((line) => JSON.parse(line) as string[]);
  expect(answers).toHaveLength(200);
  expect(answers.filter((answer) => answer === 'granted')).toHaveLength(1);
  expect(answers.filter((answer) => answer === 'resend-in-progress')).toHaveLength(199);
});

/** What a process says next. */
async function saying({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('the process has no stdout');
  const [chunk] = (await once(stdout, 'data')) as [Buffer];
  return chunk.toString();
}
