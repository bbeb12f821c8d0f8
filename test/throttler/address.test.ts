import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { addressOf } from '@nest/throttling/client-address.js';
import { type Rig, startRig } from '../support/rig.js';

describe('the address that is counted', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:0DB8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:db8:0:2::1', '2001:db8:0:2::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['fe80::2%1', 'fe80::/64'],
    ['::1', '::1'],
  ])('of %s is %s', (ip, counted) => {
    expect(addressOf({ ip })).toBe(counted);
  });

  test.each([
    ['192.0.2.1:40001', '192.0.2.1'],
    ['[2001:db8:0:1::1]:443', '2001:db8:0:1::/64'],
    ['[2001:db8:0:1::1]', '2001:db8:0:1::/64'],
    ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['unknown', '10.0.0.2'],
    ['_hidden', '10.0.0.2'],
    ['', '10.0.0.2'],
    ['192.0.2', '10.0.0.2'],
    ['192.0.2.1:', '10.0.0.2'],
    ['999.0.2.1:80', '10.0.0.2'],
    ['[nonsense]:443', '10.0.0.2'],
  ])('where a proxy writes %s is %s', (entry, counted) => {
    expect(addressOf({ ip: entry, ips: ['10.0.0.1', '10.0.0.2', entry] })).toBe(counted);
  });
});

describe('X-Forwarded-For', () => {
  let rig: Rig;
  afterEach(() => rig.close());

  const start = async (trustedProxies: string) => {
    rig = await startRig({ TRUSTED_PROXIES: trustedProxies, THROTTLE_ADDRESS_PER_MINUTE: '1' });
  };

  /** Whether a tap may go on, which each address may do once. */
  function isFirst(forwarded: string | undefined, localAddress = '127.0.0.1'): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
      const path = `/v1/challenges/YC${'0'.repeat(32)}/notifications`;
      const where = { host: '127.0.0.1', port: rig.ports.public, localAddress };
      request({ ...where, path, method: 'POST', headers, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode === 401);
      })
        .on('error', reject)
        .end();
    });
  }

  test('of nobody is believed unless told', async () => {
    await start('');
    expect(await isFirst('203.0.113.1')).toBe(true);
    expect(await isFirst('203.0.113.2')).toBe(false);
    expect(await isFirst(undefined)).toBe(false);
    expect(await isFirst('203.0.113.1', '127.0.0.2')).toBe(true);
  });

  test('X-Forwarded-For is accepted only from a trusted proxy', async () => {
    await start('127.0.0.1');
    expect(await isFirst('203.0.113.1')).toBe(true);
    expect(await isFirst('203.0.113.2')).toBe(true);
    expect(await isFirst('203.0.113.1')).toBe(false);
    expect(await isFirst('203.0.113.3', '127.0.0.2')).toBe(true);
    expect(await isFirst('203.0.113.4', '127.0.0.2')).toBe(false);
  });

  test('X-Forwarded-For is used only as far as trusted proxies wrote it', async () => {
    await start('127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48');
    expect(await isFirst('203.0.113.1, 10.1.2.3, 2001:db8:ffff::1')).toBe(true);
    expect(await isFirst('198.51.100.9, 203.0.113.1, 10.9.9.9')).toBe(false);
    expect(await isFirst('10.0.0.1, 203.0.113.1')).toBe(false);
    expect(await isFirst('nonsense, , 127.0.0.1,203.0.113.1')).toBe(false);
    expect(await isFirst('203.0.113.1, 198.51.100.9, 10.1.2.3')).toBe(true);
  });

  test('counts past trusted proxies that write ports, of either family', async () => {
    await start('127.0.0.1,10.0.0.0/8,2001:db8:ffff::/48');
    expect(await isFirst('203.0.113.1:50001, 10.1.2.3:443, [2001:db8:ffff::1]:8443')).toBe(true);
    expect(await isFirst('203.0.113.1:50002, [2001:db8:ffff::2], [::ffff:10.9.9.9]:80')).toBe(false);
    expect(await isFirst('203.0.113.2:50001, 10.1.2.3:443')).toBe(true);
    expect(await isFirst('198.51.100.1, 203.0.113.2:50003, 10.1.2.3:80')).toBe(false);
  });

  test('of a proxy that comes by IPv4 to a port of both families is believed', async () => {
    rig = await startRig({ HOST: '[::]', TRUSTED_PROXIES: '127.0.0.0/8', THROTTLE_ADDRESS_PER_MINUTE: '1' });
    expect(await isFirst('203.0.113.1')).toBe(true);
    expect(await isFirst('203.0.113.2')).toBe(true);
    expect(await isFirst('203.0.113.2')).toBe(false);
  });

  test('that names no address counts for the proxy that wrote it', async () => {
    await start('127.0.0.1,10.0.0.0/8');
    expect(await isFirst('made-up-1, 10.0.0.5')).toBe(true);
    expect(await isFirst('made-up-2, 10.0.0.5')).toBe(false);
    expect(await isFirst('made-up-3')).toBe(true);
    expect(await isFirst('')).toBe(false);
    expect(await isFirst(undefined)).toBe(false);
  });

  test('counts an IPv4 address once, however it is written, and IPv6 by the /64', async () => {
    await start('127.0.0.1');
    expect(await isFirst('203.0.113.7')).toBe(true);
    for (const same of ['::ffff:203.0.113.7', '::ffff:cb00:7107', '203.0.113.7:50001']) {
      expect(await isFirst(same)).toBe(false);
    }
    expect(await isFirst('2001:db8:1:2::1')).toBe(true);
    expect(await isFirst('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).toBe(false);
    expect(await isFirst('2001:db8:1:3::1')).toBe(true);
    expect(await isFirst('fe80::1%eth0')).toBe(true);
    expect(await isFirst('fe80::1%eth1')).toBe(false);
  });
});
