/** Clients that open connections and ask nothing, or nothing complete, against the built service with the heap of the manifests. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Exposition } from '../ops/exposition.js';
import { builtOnce } from '../support/built-once.js';
import { heldConnections } from './held-connections.js';
import { isWhole } from './extent.js';
import { Site } from './site.js';
import { warmedUp } from './warmed-up.js';

/** Of six addresses, less than each may have. */
const CONNECTIONS = isWhole ? 4900 : 800;
/** A tenth of `MAX_CONNECTIONS`. */
const SILENT = 500;
/** Connections of the users of this test, at most. */
const OWN = 40;

/** Pause before a connection that was closed is opened again, in milliseconds. */
const COMES_BACK_AFTER_MS = 1000;

/** The part of the memory that the manifests allow. Most of what grows is the heap, which has a limit of its own. */
const MOST_OF_ALLOWED = 0.85;

function allowedBytes(): number {
  const manifest = readFileSync(new URL('../../ops/kubernetes/base/deployment.yaml', import.meta.url), 'utf8');
  const [, mebibytes] = /limits: \{ memory: (\d+)Mi \}/.exec(manifest) ?? [];
  return Number(mebibytes) * 2 ** 20;
}

let site: Site | undefined;
beforeAll(() => void builtOnce(), 180_000);
afterEach(() => site?.stop());

/** Opens so many connections that send this, from six addresses. @returns when all were open once */
async function open(port: number, connections: number, { bytes = '', comeBack = false } = {}): Promise<void> {
  let isOn = comeBack;
  onTestFinished(() => void (isOn = false));
  const one = (index: number, opened?: () => void) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (index % 6)}` }, opened);
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('close', () => setTimeout(() => isOn && one(index), COMES_BACK_AFTER_MS));
    socket.resume();
    socket.write(bytes);
  };
  await Promise.all(
    Array.from({ length: connections }, (_, index) => new Promise<void>((opened) => one(index, opened))),
  );
}

/** What a new connection is answered: the first line, or nothing. */
function livezAnew(port: number): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('close', () => resolve(received.split('\r\n')[0] ?? ''));
  });
}

test('more silent connections than there may be in all: newcomers that ask are answered', async () => {
  site = await Site.start(builtOnce(), { settings: { MAX_CONNECTIONS: '50', EVENTS_MAX_STREAMS: '10' } });
  const screen = await site.screen();
  for (const port of [site.service.privatePort, site.service.publicPort]) await open(port, 400);
  for (let time = 0; time < 20; time++) {
    expect(await livezAnew(site.service.privatePort)).toBe('HTTP/1.1 200 OK');
    expect(await site.look(screen)).toMatchObject({ status: 200 });
    expect(await site.tap(await site.screen())).toMatchObject({ status: 201 });
  }
});

const MANY_HEADERS = Array.from({ length: 45 }, (_, index) => `X-${index}: ${'x'.repeat(500)}\r\n`).join('');
const HEAD = `POST /webhooks/twilio/verify HTTP/1.1\r\nHost: x\r\n${MANY_HEADERS}`;

test.each([
  ['heads of 22 KB', HEAD],
  [
    'bodies of 16 KB behind such heads',
    `${HEAD}Content-Type: application/json\r\nContent-Length: 16000\r\n\r\n{`.padEnd(38_000),
  ],
])(
  'unfinished %s on thousands of connections: a tenth of all stays open, and memory suffices',
  {
    timeout: 180_000,
  },
  async (_, bytes) => {
    const settings = {
      TWILIO_AUTH_TOKEN: 'a-token-that-signs-nothing-here',
      PUBLIC_URL: 'https://login.example.com',
      MAX_EVENT_LOOP_DELAY_MS: '60000', // of a busy machine
    };
    site = await Site.start(builtOnce(), { settings });
    const { service } = site;
    const idleBytes = isWhole ? await warmedUp(site) : 0;
    const screen = await site.screen();
    await open(service.publicPort, CONNECTIONS, { bytes, comeBack: true });
    const silent = async () =>
      new Exposition((await service.ops.get('/metrics')).text).value('push_resend_http_turned_away_total', {
        surface: 'public',
        reason: 'silent',
      });
    await expect.poll(silent).toBeGreaterThanOrEqual(CONNECTIONS - SILENT - OWN);
    await expect.poll(() => heldConnections(service.publicPort)).toBeLessThanOrEqual(SILENT + OWN);
    let mostBytes = 0;
    for (let time = 0; time < (isWhole ? 100 : 10); time++) {
      expect(await site.look(screen)).toMatchObject({ status: 200 });
      expect(await site.tap(await site.screen())).toMatchObject({ status: 201 });
      expect(await site.livez()).toMatchObject({ status: 200 });
      mostBytes = Math.max(mostBytes, service.residentBytes);
      await sleep(100);
    }
    if (!isWhole) return;
    console.log(`memory ${(mostBytes / idleBytes).toFixed(2)} × ${Math.round(idleBytes / 2 ** 20)} MiB`);
    expect(mostBytes).toBeLessThan(MOST_OF_ALLOWED * allowedBytes());
  },
);
