/** What the built service offers to a server over TLS, even if NODE_OPTIONS would have it offer everything. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { builtOnce } from '../support/built-once.js';
import { selfSigned } from '../support/certificate.js';
import { httpServer } from '../verify/servers.js';
import { ServiceProcess } from './service-process.js';

type Offer = Pick<SecureContextOptions, 'minVersion' | 'maxVersion' | 'ciphers'>;

let main: string;
beforeAll(() => {
  main = builtOnce();
}, 120_000);

/** Starts the service, which asks this server for the Verify Service. @returns how that went, and the requests that came */
async function asks(offer: Offer) {
  const certificate = selfSigned('verify.test');
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-tls-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const authority = join(directory, 'authority.pem');
  writeFileSync(authority, certificate.cert);
  const server = await httpServer((_, response) => response.writeHead(500).end(), { ...certificate, ...offer });
  const service = await ServiceProcess.start(main, {
    TWILIO_BASE_URL: server.baseUrl,
    TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
    TWILIO_API_KEY_SID: `SK${'2'.repeat(32)}`,
    TWILIO_API_KEY_SECRET: 'the-secret-of-the-api-key',
    TWILIO_VERIFY_SERVICE_SID: `VA${'3'.repeat(32)}`,
    NODE_EXTRA_CA_CERTS: authority,
    NODE_OPTIONS: '--tls-min-v1.0 --tls-cipher-list=ALL@SECLEVEL=0',
  });
  onTestFinished(() => service.remove());
  await expect.poll(() => service.logged('twilio.checked'), { timeout: 10_000 }).toHaveLength(1);
  return { code: service.logged('twilio.checked')[0]?.['code'], requests: server.requests.length };
}

test('it speaks TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption, and nothing older or weaker', async () => {
  const offers: Offer[] = [
    { minVersion: 'TLSv1.3' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA384' },
    { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
  ];
  const isAsked = { code: 'server-error', requests: 1 };
  const isNot = { code: 'not-connected', requests: 0 };
  expect(await Promise.all(offers.map(asks))).toEqual([isAsked, isAsked, isNot, isNot]);
});
