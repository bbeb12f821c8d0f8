import { fastify } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiDocs, serveApiDocs } from '../../apps/resend/src/ops/api-docs.js';

const root = new URL('../../', import.meta.url);
const server = fastify();
const docs = apiDocs({ nodeEnv: 'development' }, root);

beforeAll(async () => {
  serveApiDocs(server, docs ?? new Map());
  await server.ready();
});
afterAll(() => server.close());

test.each(['/docs', '/docs/'])('%s is a page whose every part is served beside it', async (path) => {
  const page = await server.inject(path);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].flatMap(([, url]) => url ?? []);
  const local = parts.filter((url) => url !== 'data:,');
  expect(local.length).toBeGreaterThan(2);
  for (const url of [...local, '/docs/openapi.json']) expect((await server.inject(url)).statusCode, url).toBe(200);
  expect(page.body).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  expect((await server.inject('/docs/start.js')).body).toContain("'/docs/openapi.json'");
});

test('/docs is absent in production, and without development dependencies', () => {
  expect(apiDocs({ nodeEnv: 'production' }, root)).toBeUndefined();
  expect(apiDocs({ nodeEnv: 'development' }, new URL('file:///nowhere/'))).toBeUndefined();
});
