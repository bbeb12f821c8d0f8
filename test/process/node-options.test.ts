/** What the built service keeps strict, even if NODE_OPTIONS would have it otherwise. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { exchange } from '../answers/exchange.js';
import { builtOnce } from '../support/built-once.js';
import { selfSigned } from '../support/certificate.js';
import { httpServer } from '../verify/servers.js';
import { ServiceProcess } from './service-process.js';

type Offer = Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;

/** For three starts at once, on a machine that is busy. */
const PATIENCE_MS = 30_000;

let main: string;
beforeAll(() => {
  main = builtOnce();
}, 120_000);

const ACCOUNT = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
  TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
  TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
};

async function start(environment: Record<string, string>): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(main, { ...ACCOUNT, ...environment });
  onTestFinished(() => service.remove());
  return service;
}

/** Starts the service, which asks this server for the Verify Service. @returns how that went, and the requests that came */
async function asks(offer: Offer) {
  const certificate = selfSigned('verify.test');
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const authority = join(directory, 'authority.pem');
  writeFileSync(authority, certificate.cert);
  const server = await httpServer((_, response) => response.writeHead(500).end(), { ...certificate, ...offer });
  const service = await start({
    TWILIO_BASE_URL: server.baseUrl,
    NODE_EXTRA_CA_CERTS: authority,
    NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=ALL@SECLEVEL=0',
  });
  await expect.poll(() => service.logged('twilio.checked'), { timeout: PATIENCE_MS }).toHaveLength(1);
  return { code: service.logged('twilio.checked')[0]?.['code'], requests: server.requests.length };
}

test('only TLS 1.2 and newer with forward secrecy and authenticated encryption is used', {
  timeout: 2 * PATIENCE_MS,
}, async () => {
  const offers: Offer[] = [
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384' },
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
  ];
  const isAsked = { code: 'server-error', requests: 1 };
  const isNot = { code: 'not-connected', requests: 0 };
  expect(await Promise.all(offers.map(asks))).toEqual([isAsked, isNot, isNot]);
});

test('requests with two lengths are refused, even with --insecure-http-parser', async () => {
  const service = await start({ TWILIO_START_CHECK: 'false', NODE_OPTIONS: '--insecure-http-parser' });
  const lengths = 'Content-Length: 4\r\nTransfer-Encoding: chunked';
  for (const port of [service.publicPort, service.privatePort]) {
    const answer = await exchange(port, `POST /nothing HTTP/1.1\r\nHost: x\r\n${lengths}\r\n\r\n0\r\n\r\n`);
    expect(answer).toMatchObject({ status: '400 Bad Request', headers: { connection: 'close' } });
  }
});
