/** What the image runs as its health check: it finds the private port by the settings of the instance. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../apps/resend/src/health-check.ts', import.meta.url));
const hasIpv6 = Object.values(networkInterfaces()).some((all = []) => all.some(({ address }) => address === '::1'));

async function instanceOn(host: string, status = 200): Promise<string> {
  const server = createServer(({ url }, response) => response.writeHead(url === '/readyz' ? status : 404).end());
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

/** Whether the program takes the instance for healthy that listens on `host`, with these settings. */
async function isHealthy(host: string, settings: Record<string, string>, status = 200): Promise<boolean> {
  const env = { ...settings, PRIVATE_PORT: await instanceOn(host, status) };
  const [code] = (await once(spawn(process.execPath, [PROGRAM], { env, stdio: 'ignore' }), 'exit')) as unknown[];
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

test.runIf(hasIpv6)('an instance on IPv6 is found', async () => {
  expect(await isHealthy('::1', { HOST: '[::1]' })).toBe(true);
});

test('an instance that is not ready is not healthy, nor is one that is elsewhere', async () => {
  const found = await Promise.all([isHealthy('127.0.0.1', {}, 503), isHealthy('127.0.0.1', { HOST: '127.0.0.2' })]);
  expect(found).toEqual([false, false]);
});
