import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { readEnvironment } from '../../apps/simulator/src/environment.js';
import { selfSigned } from '../support/certificate.js';

test('without variables it is port 4010, plain HTTP and the demo account', () => {
  const { port, host, tls, credentials } = readEnvironment({ SIMULATOR_HOST: '' });
  expect({ port, host, tls }).toEqual({ port: 4010, host: undefined, tls: undefined });
  expect(Object.values(credentials ?? {}).filter((value) => value !== undefined)).toEqual([]);
});

test.each(['4011\n', '4011\r\n', ' 4011', '"4011"', "'4011'\n", '\uFEFF4011', '" 4011 "'])(
  'what a file or a shell adds to a value does not belong to it: %j',
  (text) => {
    expect(readEnvironment({ SIMULATOR_PORT: text }).port).toBe(4011);
    expect(readEnvironment({ SIMULATOR_AUTH_TOKEN: text }).credentials?.authToken).toBe('4011');
    expect(readEnvironment({ SIMULATOR_WEBHOOK_URL: text.replace('4011', 'http://hook') }).webhookUrl).toBe(
      'http://hook',
    );
  },
);

test('a variable of blanks or empty quotes is unset', () => {
  for (const text of [' \n', '""', "''", '\uFEFF']) expect(readEnvironment({ SIMULATOR_PORT: text }).port).toBe(4010);
});

const { key, cert } = selfSigned('the simulator');
/** What comes of a key and a certificate in files. */
function tlsOf(keyText: string, certText: string) {
  const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [keyFile, certFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  writeFileSync(keyFile, keyText);
  writeFileSync(certFile, certText);
  return readEnvironment({ SIMULATOR_TLS_KEY_FILE: `${keyFile}\n`, SIMULATOR_TLS_CERT_FILE: certFile }).tls;
}

test('a key and a certificate are read from their files', () => {
  expect(tlsOf(key, cert)).toEqual({ key, cert });
  expect(tlsOf(`\uFEFF${key}`, `\uFEFF${cert}`)).toEqual({ key, cert });
});

test.each([
  ['a key', cert, /SIMULATOR_TLS_KEY_FILE must be a PEM file with a private key/],
  [cert, cert, /SIMULATOR_TLS_KEY_FILE must be a PEM file with a private key/],
  [key, '', /SIMULATOR_TLS_CERT_FILE must be a PEM file with a certificate/],
  [key, key, /SIMULATOR_TLS_CERT_FILE must be a PEM file with a certificate/],
  [selfSigned('another').key, cert, /is not the certificate of the key/],
])('files that are no pair of key and certificate are refused (%#)', (keyText, certText, reason) => {
  expect(() => tlsOf(keyText, certText)).toThrow(reason);
});

test.each([
  [{ SIMULATOR_PORT: '65536' }, /SIMULATOR_PORT must be/],
  [{ SIMULATOR_PORT: '4e3' }, /SIMULATOR_PORT must be/],
  [{ SIMULATOR_AUTH_TOKEN: 'one\ntwo' }, /SIMULATOR_AUTH_TOKEN must be one line/],
  [{ SIMULATOR_SERVICE_URL: 'resend:8080' }, /SIMULATOR_SERVICE_URL must be an http or https URL/],
  [{ SIMULATOR_TLS_KEY_FILE: '/nowhere/key.pem' }, /belong together/],
  [{ SIMULATOR_INTERNAL_URL: 'http://127.0.0.1:9090' }, /belong together/],
  [
    { SIMULATOR_TLS_KEY_FILE: '/nowhere/key.pem', SIMULATOR_TLS_CERT_FILE: '/nowhere/cert.pem' },
    /SIMULATOR_TLS_KEY_FILE can not be read/,
  ],
])('%o is refused with a reason', (env, reason) => {
  expect(() => readEnvironment(env)).toThrow(reason);
});
