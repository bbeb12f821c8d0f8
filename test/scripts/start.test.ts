/** `npm start`, up to where it builds. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { unusablePorts } from '../../scripts/port-check.ts';
import { freePort } from '../support/free-port.js';

const host = '127.0.0.1';

async function takenPort(): Promise<string> {
  const server = createServer();
  await once(server.listen(0, host), 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

test('it names the variable of each port that is taken, and builds nothing', async () => {
  const [PORT, SIMULATOR_PORT, PRIVATE_PORT] = [await takenPort(), await takenPort(), String(await freePort())];
  const env = { ...process.env, HOST: '', PORT, PRIVATE_PORT, SIMULATOR_PORT };
  const script = fileURLToPath(new URL('../../scripts/start.ts', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 78, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toEqual([
    `Port ${PORT} of 127.0.0.1 is taken. Use another one: PORT=${Number(PORT) + 1000}`,
    `Port ${SIMULATOR_PORT} of 127.0.0.1 is taken. Use another one: SIMULATOR_PORT=${Number(SIMULATOR_PORT) + 1000}`,
  ]);
});

test('ports are free, are ports, and are not the same one twice', async () => {
  const port = String(await freePort());
  const asked = (one: string, other: string) =>
    unusablePorts([
      { variable: 'PORT', host, port: one },
      { variable: 'PRIVATE_PORT', host, port: other },
    ]);
  expect(await asked(port, String(await freePort()))).toEqual([]);
  expect(await asked(port, port)).toEqual([expect.stringMatching(/is taken\. Use another one: PRIVATE_PORT=/)]);
  expect(await asked('0', '8e3')).toEqual([
    'PORT=0 is not a port: use 1 to 65535.',
    'PRIVATE_PORT=8e3 is not a port: use 1 to 65535.',
  ]);
  const elsewhere = await unusablePorts([{ variable: 'PORT', port, host: '192.0.2.1' }]);
  expect(elsewhere).toEqual([expect.stringContaining('can not be used (EADDRNOTAVAIL)')]);
});
