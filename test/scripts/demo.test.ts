/** What `npm start` and `npm run demo` print to be pasted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
let rig: Rig;
let lines: string[];

beforeAll(async () => {
  rig = await startRig({}, { demo: { scopes: ['sessions:write', 'state:read'] } });
  const { baseUrl } = await rig.simulate<{ baseUrl: string }>('GET', '');
  const env = {
    ...process.env,
    PORT: String(rig.ports.public),
    PRIVATE_PORT: String(rig.ports.private),
    SIMULATOR_PORT: new URL(baseUrl).port,
    DEMO_API_KEY: rig.apiKeys['demo'],
  };
  const demo = spawn(process.execPath, ['scripts/demo.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = await Promise.all([text(demo.stdout), once(demo, 'close')]);
  expect(printed).not.toContain(rig.apiKeys['demo']);
  lines = printed.split('\n').flatMap((line) => /^ {2}(curl .*)$/.exec(line)?.[1] ?? []);
});
afterAll(() => rig?.close());

test('the line that presses the button, and what support sees of it, work when they are pasted', async () => {
  const [press = '', support = ''] = lines;
  expect((await pasted(press)).status).toBe(201);
  const seen = await pasted(support);
  expect(seen.status).toBe(200);
  expect(await seen.json()).toMatchObject({ challenges: [{ resends: { used: 1, limit: 2 } }] });
});

test('they mean the same to sh, to cmd and to PowerShell', () => {
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).toMatch(/^curl (?:[\w.:/-]+|"@?[\w.:/ -]+"| )+$/);
});

/** Does what curl does with `-i`, `-X`, one address and `-H`, of a header or of a file of them. */
function pasted(line: string): Promise<Response> {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const after = (option: string) => words[words.indexOf(option) + 1] ?? '';
  const header = after('-H').replace(/^@(.*)/s, (_, file: string) => readFileSync(root + file, 'utf8').trim());
  const [name = '', value = ''] = header.split(': ');
  const method = words.includes('-X') ? after('-X') : 'GET';
  return fetch(words.find((word) => word.startsWith('http')) ?? '', { method, headers: { [name]: value } });
}
