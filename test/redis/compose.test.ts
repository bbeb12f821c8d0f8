/** The Valkey of docker-compose.yml, by its own files on a server of this test: who gets in, and what for. */
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startRig } from '../support/rig.js';
import { dangersOf } from '@redis/dangers.js';
import { rulesOf } from './documented-users.js';
import { freePort } from '../support/free-port.js';
import { serverBinary, Started, until } from './own-servers.js';

interface Container {
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test: readonly string[] };
}

const root = new URL('../../', import.meta.url);
const acl = fileURLToPath(new URL('ops/valkey/users.acl', root));
const { services } = parse(readFileSync(new URL('docker-compose.yml', root), 'utf8'), { merge: true }) as {
  services: Readonly<Record<'resend-1' | 'valkey', Container>>;
};
const { environment } = services['resend-1'];
const users = Object.fromEntries(
  Object.entries(environment).filter(([name]) => /^REDIS_.*(USERNAME|PASSWORD)$/.test(name)),
);

const started = new Started();
const directory = mkdtempSync(join(tmpdir(), 'push-resend-compose-'));
const ledger = { username: environment['REDIS_USERNAME'] ?? '', password: environment['REDIS_PASSWORD'] ?? '' };
let port: number;
beforeAll(async () => {
  const conf = readFileSync(new URL('ops/valkey/valkey.conf', root), 'utf8');
  const here = join(directory, 'valkey.conf');
  writeFileSync(here, conf.replace('/etc/valkey/users.acl', acl).replace('/data', directory));
  port = await freePort();
  started.spawned(here, '--port', String(port), '--bind', '127.0.0.1');
  await until('the server answers', async () => (await as(ledger).ping()) === 'PONG');
});
afterAll(async () => {
  await started.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

const as = (user: object = {}) => started.client({ port, retryStrategy: () => null, ...user });

test('nobody gets in without a user, not even to ask for the time', async () => {
  await expect(as().time()).rejects.toThrow(/NOAUTH/);
  await expect(as({ password: 'any' }).ping()).rejects.toThrow(/WRONGPASS|NOAUTH/);
});

test('the health check gets its answer, and its user may do nothing else', async () => {
  const [, , ...options] = services.valkey.healthcheck.test;
  const client = serverBinary().replace(/server$/, 'cli');
  const check = (...more: string[]) =>
    execFileSync(client, ['-p', String(port), ...options.slice(0, -1), ...more], { stdio: 'pipe' });
  expect(String(check('ping'))).toBe('PONG\n');
  for (const command of [['GET', 'push-resend:pause'], ['INFO'], ['CONFIG', 'GET', '*'], ['FLUSHALL']]) {
    expect(() => check(...command)).toThrow(/NOPERM|no permissions/);
  }
});

test('the instances get in as documented, with the rights documented', async () => {
  const lines = readFileSync(acl, 'utf8').split('\n');
  for (const user of ['push-resend-ledger', 'push-resend-sessions']) {
    const [, , , password, ...rights] = lines.find((line) => line.startsWith(`user ${user} `))?.split(' ') ?? [];
    const [, , ...documented] = rulesOf(user);
    expect(rights).toEqual(documented);
    expect(Object.values(users)).toEqual(expect.arrayContaining([user, password?.slice(1)]));
  }
  const rig = await startRig({ REDIS_URL: `redis://127.0.0.1:${port}`, ...users });
  started.add(() => rig.close());
  const screen = await rig.login();
  await screen.tap().expect(201);
  await screen.look().expect(200);
  await rig.ops.get('/readyz').expect(200);
});

test('it keeps what it has: production would start with it', async () => {
  expect(await dangersOf(as(ledger))).toEqual([]);
});
