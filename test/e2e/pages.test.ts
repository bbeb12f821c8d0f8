/** The pages that we serve may load nothing from elsewhere, and tell nobody where they were. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { apiDocs, serveApiDocs } from '../../apps/resend/src/ops/api-docs.js';
import { registerWebPage } from '../../apps/simulator/src/web-page.js';

const root = new URL('../../', import.meta.url);

async function expectLocked(app: FastifyInstance, url: string): Promise<void> {
  const { statusCode, headers } = await app.inject({ url });
  expect(statusCode).toBe(200);
  expect(headers['referrer-policy']).toBe('no-referrer');
  const policy = String(headers['content-security-policy']);
  for (const directive of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
    expect(policy).toContain(directive);
  }
}

test('the documentation of the API', async () => {
  const docs = apiDocs({ nodeEnv: 'test' }, root);
  const app = Fastify();
  serveApiDocs(app, docs ?? new Map());
  for (const url of ['/docs', '/docs/swagger-ui-bundle.js', '/docs/openapi.json']) await expectLocked(app, url);
  expect(apiDocs({ nodeEnv: 'production' }, root)).toBeUndefined();
});

test('the page of the simulator', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'push-resend-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  const app = Fastify();
  registerWebPage(app, pathToFileURL(`${folder}/`));
  await expectLocked(app, '/');
});
