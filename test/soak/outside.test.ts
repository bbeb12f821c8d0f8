import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { outsideOf } from './outside.js';

test('a process is seen from outside: its memory, its descriptors, its sockets by state', async () => {
  const before = outsideOf(process.pid);
  expect(before.rssBytes).toBeGreaterThan(20 * 2 ** 20);
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);
  const during = outsideOf(process.pid);
  expect(during.sockets['LISTEN']).toBe((before.sockets['LISTEN'] ?? 0) + 1);
  expect(during.sockets['ESTAB']).toBe((before.sockets['ESTAB'] ?? 0) + 2);
  expect(during.descriptors).toBe(before.descriptors + 3);
  client.end(); // and the other side leaves it half-open
  await once(accepted.resume(), 'end');
  await expect.poll(() => outsideOf(process.pid).sockets).toMatchObject({ 'CLOSE-WAIT': 1, 'FIN-WAIT-2': 1 });
  accepted.destroy();
  server.close();
});
