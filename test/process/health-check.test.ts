/** What the image runs as its health check: it finds the private port by the settings of the instance. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';

let program: string;
beforeAll(() => {
  program = join(dirname(builtOnce()), 'health-check.js');
}, 240_000);

const hasIpv6 = Object.values(networkInterfaces()).some((all = []) => all.some(({ address }) => address === '::1'));

async function instanceOn(host: string, status = 200): Promise<string> {
  const server = createServer(({ url }, response) => response.writeHead(url === '/readyz' ? status : 404).end());
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

/** The files of the bundle that are loaded with this one, itself included. */
function loadedBy(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const imports = readFileSync(join(dirname(program), file), 'utf8').matchAll(/"\.\/([^"]+\.js)"/g);
  for (const [, imported = ''] of imports) loadedBy(imported, loaded);
  return loaded;
}

/** Whether the program takes the instance for healthy that listens on `host`, with these settings. */
async function isHealthy(
  host: string,
  settings: Record<string, string>,
  { status = 200, around = '' } = {},
): Promise<boolean> {
  const env = { ...settings, PRIVATE_PORT: `${around}${await instanceOn(host, status)}${around}` };
  const [code] = (await once(spawn(process.execPath, [program], { env, stdio: 'ignore' }), 'exit')) as unknown[];
  return code === 0;
}

test('an instance is found by HOST, PRIVATE_HOST and PRIVATE_PORT', async () => {
  const found = await Promise.all([
    isHealthy('127.0.0.1', {}),
    isHealthy('127.0.0.1', { HOST: '[::]', PRIVATE_HOST: '' }),
    isHealthy('127.0.0.1', { HOST: '10.0.0.1', PRIVATE_HOST: '127.0.0.1' }),
    isHealthy('127.0.0.1', { HOST: ' localhost\n' }),
  ]);
  expect(found).toEqual([true, true, true, true]);
});

test('its settings are read as the instance reads them', async () => {
  const found = await Promise.all([
    isHealthy('127.0.0.1', {}, { around: '"' }),
    isHealthy('127.0.0.1', {}, { around: "'" }),
    isHealthy('127.0.0.1', { HOST: '\uFEFF"127.0.0.1"' }, { around: ' \u200B' }),
    isHealthy('127.0.0.1', { HOST: '10.0.0.1', PRIVATE_HOST: "' localhost '" }),
    isHealthy('127.0.0.1', { HOST: '"[::]"', PRIVATE_HOST: '""' }),
  ]);
  expect(found).toEqual([true, true, true, true, true]);
});

test('it loads less than 8 KiB', () => {
  const sizes = [...loadedBy('health-check.js')].map((file) => statSync(join(dirname(program), file)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8 << 10);
});

test.runIf(hasIpv6)('an instance on IPv6 is found', async () => {
  expect(await isHealthy('::1', { HOST: '[::1]' })).toBe(true);
});

test('an instance that is not ready is not healthy, nor is one that is elsewhere', async () => {
  const found = await Promise.all([
    isHealthy('127.0.0.1', {}, { status: 503 }),
    isHealthy('127.0.0.1', { HOST: '127.0.0.2' }),
  ]);
  expect(found).toEqual([false, false]);
});
