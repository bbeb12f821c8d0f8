import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { readEnvironment } from '../../apps/simulator/src/environment.js';

test('without variables it is port 4010, plain HTTP and the demo account', () => {
  const { port, host, tls, credentials } = readEnvironment({ SIMULATOR_HOST: '' });
  expect({ port, host, tls }).toEqual({ port: 4010, host: undefined, tls: undefined });
  expect(Object.values(credentials ?? {}).filter((value) => value !== undefined)).toEqual([]);
});

test('a key and a certificate are read from their files', () => {
  const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  writeFileSync(keyFile, 'a key');
  writeFileSync(certFile, 'a certificate');
  const { tls } = readEnvironment({ SIMULATOR_TLS_KEY_FILE: keyFile, SIMULATOR_TLS_CERT_FILE: certFile });
  expect(tls).toEqual({ key: 'a key', cert: 'a certificate' });
});

test.each([
  [{ SIMULATOR_PORT: '65536' }, /SIMULATOR_PORT must be/],
  [{ SIMULATOR_PORT: '4e3' }, /SIMULATOR_PORT must be/],
  [{ SIMULATOR_TLS_KEY_FILE: '/nowhere/key.pem' }, /belong together/],
  [{ SIMULATOR_INTERNAL_URL: 'http://127.0.0.1:9090' }, /belong together/],
  [{ SIMULATOR_TLS_KEY_FILE: '/nowhere/key.pem', SIMULATOR_TLS_CERT_FILE: '/nowhere/cert.pem' }, /no such file/],
])('%o is refused with a reason', (env, reason) => {
  expect(() => readEnvironment(env)).toThrow(reason);
});
