/** In a real browser: a page of another origin, which the service allows by CORS, with a token. */
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openSite, type Site } from './site.js';

const SCRIPT = `
  import { createResend } from '@push-resend/client';
  // As libraries for tracing and errors do, and the applications themselves.
  const plain = window.fetch;
  const added = { baggage: 'a=1', 'sentry-trace': '1-1-1', tracestate: 'a=1', 'X-App-Version': '7' };
  window.fetch = (url, init) => plain(url, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...added } });
  const { service, challenge, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const resend = createResend({ baseUrl: service, challengeSid: challenge, token: () => token });
  const draw = () => (document.title = resend.state.name);
  resend.subscribe(draw);
  draw();
  document.querySelector('button').addEventListener('click', resend.press);`;

vi.setConfig({ testTimeout: 60_000 });

let site: Site;
let friend: Server;

beforeAll(async () => {
  site = await openSite();
  const script = await bundled(SCRIPT);
  friend = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<!doctype html><button>Again</button><script type="module" src="page.js"></script>',
    );
  });
  await new Promise<void>((listening) => friend.listen(site.friend.port, '127.0.0.1', listening));
}, 60_000);
afterAll(async () => {
  friend?.closeAllConnections();
  friend?.close();
  await site?.close();
});

async function bundled(code: string): Promise<string> {
  const root = resolve(import.meta.dirname, '../../..');
  const bundle = await rolldown({
    input: 'page',
    cwd: root,
    platform: 'browser',
    tsconfig: `${root}/tsconfig.json`,
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? `${root}/page.ts` : null),
        load: (id) => (id === `${root}/page.ts` ? code : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: 'esm' });
  return output[0].code;
}

test('looks, sends, and follows the outcome, with the headers that libraries add', async () => {
  const login = await site.login();
  const page = await site.browser.newPage();
  const blocked: string[] = [];
  page.on('console', (message) => message.text().includes('CORS') && blocked.push(message.text()));
  const fragment = new URLSearchParams({ service: site.serviceUrl, challenge: login.challengeSid, token: login.token });
  await page.goto(`${site.friend.origin}/#${fragment.toString()}`);
  const becomes = (state: string) => page.waitForFunction(`document.title === ${JSON.stringify(state)}`);
  await becomes('ready');
  await page.getByRole('button').click();
  await becomes('cooling-down');
  expect(await login.pushes()).toBe(1);
  await login.answer('approved');
  await becomes('approved');
  expect(blocked).toEqual([]);
  await page.close();
});
