import 'reflect-metadata';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { endpointOf } from '@redis/endpoint.js';
import { parseAddresses } from '@settings/addresses.js';
import { endpointFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { selfSigned } from '../support/certificate.js';
import { certificateFiles } from './certificate-files.js';
import { settingsWith } from './connected.js';

const sentinels = { REDIS_SENTINELS: 'one:26379,[::1]:26380' };
const cluster = { REDIS_CLUSTER_NODES: '10.0.0.1:7000,two.internal:7001' };

describe('where Redis is', () => {
  test('is told by a URL', () => {
    expect(endpointOf('redis://host')).toEqual({ at: { kind: 'server', host: 'host', port: 6379, db: 0 } });
    expect(endpointOf('rediss://u%3Aser:p%40ss@[::1]:6380/2', { ca: 'PEM' })).toEqual({
      at: { kind: 'server', host: '::1', port: 6380, db: 2 },
      username: 'u:ser',
      password: 'p@ss',
      tls: { ca: 'PEM' },
    });
    expect(endpointOf('valkey://host')).toEqual(endpointOf('redis://host'));
    expect(endpointOf('valkeys://host/1')).toEqual(endpointOf('rediss://host/1'));
  });

  test('is told by sentinels, or by nodes of a Cluster', () => {
    expect(parseAddresses('one:26379,[::1]:26380')).toEqual([
      { host: 'one', port: 26_379 },
      { host: '::1', port: 26_380 },
    ]);
    expect(endpointFrom(settingsWith({ ...sentinels, REDIS_SENTINEL_NAME: 'own', REDIS_TLS: 'true' }))).toMatchObject({
      at: { kind: 'sentinel', name: 'own' },
      tls: {},
    });
    expect(endpointFrom(settingsWith({ ...cluster, REDIS_PASSWORD: 'secret' }))).toMatchObject({
      at: { kind: 'cluster', nodes: [{ host: '10.0.0.1', port: 7000 }, { host: 'two.internal' }] },
      password: 'secret',
    });
    expect(endpointFrom(settingsWith({}))).toBeUndefined();
  });

  test('and how it is reached over TLS, sentinels apart from the data', () => {
    const { cert, key, directory, ca } = certificateFiles();
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const files = { REDIS_CA_FILE: cert, REDIS_CERT_FILE: cert, REDIS_KEY_FILE: key, REDIS_TLS_SERVERNAME: 'redis' };
    const tls = { ca, cert: ca, key: readFileSync(key, 'utf8'), servername: 'redis' };
    expect(endpointFrom(settingsWith({ REDIS_URL: 'rediss://host', ...files }))).toMatchObject({ tls });
    expect(endpointFrom(settingsWith({ ...cluster, REDIS_TLS: 'true', ...files }))).toMatchObject({ tls });
    const ofSentinels = (more: Record<string, string>) =>
      endpointFrom(settingsWith({ ...sentinels, ...files, ...more }));
    expect(ofSentinels({ REDIS_TLS: 'true' })).toMatchObject({ tls, sentinel: { tls } });
    expect(ofSentinels({ REDIS_TLS: 'true', REDIS_SENTINEL_TLS: 'false' })).toMatchObject({ tls, sentinel: {} });
    expect(ofSentinels({ REDIS_TLS: 'true', REDIS_SENTINEL_TLS: 'false' })?.sentinel).not.toHaveProperty('tls');
    expect(ofSentinels({ REDIS_SENTINEL_TLS: 'true' })).toMatchObject({ sentinel: { tls } });
    expect(ofSentinels({ REDIS_SENTINEL_TLS: 'true' })).not.toHaveProperty('tls');
  });

  test('but not by files that can not be meant', () => {
    const [one, other] = [certificateFiles(), certificateFiles()];
    for (const { directory } of [one, other]) onTestFinished(() => rmSync(directory, { recursive: true }));
    const locked = join(one.directory, 'locked.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const passphrase = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem', type: 'pkcs8' } as const;
    writeFileSync(locked, privateKey.export(passphrase));
    const both = { REDIS_CERT_FILE: one.cert, REDIS_KEY_FILE: one.key };
    for (const [environment, complaint] of [
      [{ REDIS_CERT_FILE: one.cert }, 'REDIS_CERT_FILE and REDIS_KEY_FILE must be set together'],
      [{ REDIS_KEY_FILE: one.key }, 'REDIS_CERT_FILE and REDIS_KEY_FILE must be set together'],
      [{ ...both, REDIS_CERT_FILE: one.key }, 'REDIS_CERT_FILE: must be a PEM file with certificates'],
      [{ ...both, REDIS_CERT_FILE: '/nowhere' }, 'REDIS_CERT_FILE: can not be read'],
      [{ ...both, REDIS_KEY_FILE: one.cert }, 'REDIS_KEY_FILE: must be a PEM file with a private key'],
      [
        { ...both, REDIS_KEY_FILE: locked },
        'REDIS_KEY_FILE: must be a PEM file with a private key that has no passphrase',
      ],
      [{ ...both, REDIS_KEY_FILE: other.key }, 'REDIS_KEY_FILE: is not the key of the certificate in REDIS_CERT_FILE'],
      [{ ...both, REDIS_URL: 'redis://host' }, 'REDIS_CERT_FILE: has no effect without TLS'],
    ] satisfies [Record<string, string>, string][]) {
      expect(() => settingsWith({ REDIS_URL: 'rediss://host', ...environment })).toThrow(complaint);
    }
  });

  test.each([
    [{ REDIS_URL: 'redis://host', REDIS_TLS_SERVERNAME: 'redis' }, 'REDIS_TLS_SERVERNAME: has no effect without TLS'],
    [
      { REDIS_URL: 'rediss://host', REDIS_TLS_SERVERNAME: 'https://redis' },
      'REDIS_TLS_SERVERNAME: must be a host name',
    ],
    [{ REDIS_URL: 'rediss://host', REDIS_SENTINEL_TLS: 'true' }, 'REDIS_SENTINEL_TLS: has no effect without'],
    [{ ...sentinels, REDIS_SENTINEL_TLS: 'yes' }, 'REDIS_SENTINEL_TLS: must be one of true, false'],
    [{ REDIS_URL: 'redis://host', REDIS_PERSISTENCE: 'yes' }, 'REDIS_PERSISTENCE: must be one of checked, trusted'],
    [{ ...sentinels, ...cluster }, 'REDIS_URL: set only one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES'],
    [{ REDIS_URL: 'redis://host?maxRetriesPerRequest=20' }, 'REDIS_URL'],
    [{ REDIS_URL: 'redis://host', REDIS_TLS: 'true' }, 'REDIS_TLS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: 'all' }, 'REDIS_WAIT_REPLICAS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: 'most' }, 'REDIS_WAIT_REPLICAS'],
    [{ ...sentinels, REDIS_WAIT_REPLICAS: 'all', REDIS_WAIT_MS: '300' }, 'REDIS_WAIT_MS'],
    [{ ...sentinels, REDIS_WAIT_REPLICAS: '1', REDIS_COMMAND_TIMEOUT_MS: '400' }, 'REDIS_WAIT_MS'],
    [{ REDIS_SENTINELS: 'one' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: 'one:26379,' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: 'one:26379 two:26379' }, 'REDIS_SENTINELS'],
    [{ REDIS_SENTINELS: '::1:26379' }, 'REDIS_SENTINELS'],
    [{ REDIS_CLUSTER_NODES: 'one:65536' }, 'REDIS_CLUSTER_NODES'],
    [{ REDIS_URL: 'redis://host', REDIS_TLS: 'yes' }, 'REDIS_TLS'],
    [{ REDIS_URL: 'redis://host', REDIS_WAIT_REPLICAS: '10' }, 'REDIS_WAIT_REPLICAS'],
    [{ REDIS_URL: 'rediss://host', REDIS_CA_FILE: '/nowhere' }, 'REDIS_CA_FILE: can not be read'],
    [{ ...sentinels, IDENTITY_HASH_SECRET: '' }, 'IDENTITY_HASH_SECRET'],
  ])('is not told by %o', (environment, complaint) => {
    expect(() => settingsWith(environment)).toThrow(complaint);
  });
});

describe('REDIS_URL', () => {
  test.each([
    'redis://redis:6379',
    'redis://redis:6379/',
    'redis://redis/0',
    'rediss://user:p%2Fss@redis.example.com:6380/15',
    'redis://default:p@ss@redis',
    'redis://:only-a-password@10.0.0.1',
    'valkey://my_valkey:6379/2',
    'valkeys://user:password@[2001:db8::1]:6379',
    'REDIS://redis',
  ])('can be %s', (url) => {
    for (const variable of ['REDIS_URL', 'SESSION_STORE_REDIS_URL'])
      expect(() => settingsWith({ [variable]: url })).not.toThrow();
  });

  test.each([
    'redis://redis:6379/3/',
    'redis://redis:6379/cache',
    'redis://redis:6379/-1',
    'redis://redis:6379/03',
    'redis://redis:6379//3',
    'redis://redis:6379/1.5',
    'redis://redis:6379/3?db=4',
    'redis://u:12/34@redis',
    'redis://u:12/34@redis/3',
    'redis://u:pass/word@redis',
    'redis://:12/34@redis',
    'redis://u/12:34@redis',
    'redis://u:12?34@redis',
    'redis://u:12#34@redis',
    'redis:///3',
    'redis://:password@:6379',
    'redis://one:6379,two:6379',
    'redis://one,two',
    'redis://redis:0',
    'redis://redis:65536',
    'redis:redis:6379',
    'redis.example.com:6379',
    'tcp://10.0.0.1:6379',
    'unix:///run/redis.sock',
    'redis+tls://redis',
  ])('can not be %s, which would be another place', (url) => {
    const place =
      /must be a URL such as rediss:\/\/user:password@redis\.example\.com:6379\/0, .* such as %2F for a slash/;
    for (const variable of ['REDIS_URL', 'SESSION_STORE_REDIS_URL'])
      expect(() => settingsWith({ [variable]: url })).toThrow(new RegExp(`${variable}: ${place.source}`));
  });
});

describe('REDIS_CA_FILE', () => {
  const { cert, key } = selfSigned('an authority');
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-ca-'));
  const file = join(directory, 'ca.pem');
  afterAll(() => rmSync(directory, { recursive: true }));
  const settingsWithFile = (content: string | Buffer, environment: Record<string, string> = {}) => {
    writeFileSync(file, content);
    return settingsWith({ REDIS_URL: 'rediss://redis', ...environment, REDIS_CA_FILE: file });
  };

  test.each([
    ['one certificate', cert],
    ['a byte order mark', `\uFEFF${cert}`],
    ['several, with words between them', `# one\n${cert}\n# two\r\n${cert.replaceAll('\n', '\r\n')}`],
  ])('has %s, and no byte order mark for OpenSSL to stumble over', (_what, content) => {
    expect(endpointFrom(settingsWithFile(content))?.tls?.ca).toBe(content.replace('\uFEFF', ''));
  });

  test.each([
    ['nothing', ''],
    ['only words', 'the certificate of Redis'],
    ['a key', key],
    ['half a certificate', cert.slice(0, 200)],
    ['a damaged one', cert.replace('MII', 'AAA').replace('MIIB', 'AAAA')],
    ['a damaged one after a sound one', `${cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`],
  ])('is refused with %s', (_what, content) => {
    expect(() => settingsWithFile(content)).toThrow('REDIS_CA_FILE: must be a PEM file with certificates');
  });

  test('is refused in UTF-16, and in DER', () => {
    const der = Buffer.from(cert.replaceAll(/-----.*-----|\n/g, ''), 'base64');
    for (const content of [Buffer.from(cert, 'utf16le'), der])
      expect(() => settingsWithFile(content)).toThrow('REDIS_CA_FILE: must be text in UTF-8, not in UTF-16');
  });

  test('is refused where nothing has TLS', () => {
    const without = 'REDIS_CA_FILE: has no effect without TLS';
    expect(() => settingsWithFile(cert, { REDIS_URL: 'redis://redis' })).toThrow(without);
    expect(() => settingsWithFile(cert, { REDIS_URL: '', ...sentinels })).toThrow(without);
    expect(() => settingsWithFile(cert, { REDIS_URL: '', ...cluster, REDIS_TLS: 'true' })).not.toThrow();
    expect(() =>
      settingsWithFile(cert, { REDIS_URL: 'redis://redis', SESSION_STORE_REDIS_URL: 'valkeys://sessions' }),
    ).not.toThrow();
  });
});
