/** What the client costs a page. */
import { gzipSync } from 'node:zlib';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';

const source = resolve(import.meta.dirname, '../../libs/client/src');

async function bundled(entry: string): Promise<string> {
  const bundle = await rolldown({ input: join(source, entry) });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  return output.map((chunk) => (chunk.type === 'chunk' ? chunk.code : '')).join('');
}

test('the client is at most 4 kB, minified and gzipped', async () => {
  expect(gzipSync(await bundled('index.ts'), { level: 9 }).length).toBeLessThanOrEqual(4096);
});

test('texts and test doubles are not in it', async () => {
  const code = await bundled('index.ts');
  expect(code).toContain('push-resend:');
  expect(code).not.toMatch(/Check your phone|Handy|ManualClock/);
});

test('no countdown reads the clock that a user can set', async () => {
  for (const entry of ['index.ts', 'core/index.ts']) expect(await bundled(entry)).not.toMatch(/\bDate\b/);
});
