import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { expect, onTestFinished, test } from 'vitest';

import { Rig } from './rig.js';

async function started(files: Readonly<Record<string, string>>): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-page-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const rig = await Rig.start({ pageFolder: pathToFileURL(`${folder}/`) });
  onTestFinished(async () => {
    await rig.stop();
    rmSync(folder, { recursive: true });
  });
  return rig;
}

test.each([
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/_sim/page/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/_sim/page/page.js', 'page.js', 'text/javascript; charset=utf-8'],
])('%s is the built %s, which may load nothing from elsewhere', async (path, file, type) => {
  const rig = await started({ [file]: 'built' });
  const answer = await fetch(rig.url + path);
  expect(answer.headers.get('content-type')).toBe(type);
  const policy = answer.headers.get('content-security-policy');
  expect(policy).toMatch(/^default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; /);
  expect(policy).not.toContain('unsafe');
  expect(await answer.text()).toBe('built');
});

test('a page that was not built says how to build it', async () => {
  const rig = await started({});
  const answer = await fetch(rig.url);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ error: 'The page has not been built: npm run build.' });
});
