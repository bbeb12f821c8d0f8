/** Whatever a client without a valid credential does, and however often: its log lines are bounded. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RedisServer, serverOnPath, startServer } from '../support/redis-server.js';
import { PATH, startWebhookRig, type WebhookRig } from '../webhook/webhook-rig.js';

const MOST = 100;
const PERIOD_MS = 10_000;
const REQUESTS = 250;
const ORIGIN = 'https://app.example.com';
const LOOK = `/v1/challenges/YC${'0'.repeat(32)}`;
const INVENTED = `Authorization: Bearer prs_${'0'.repeat(32)}_${'0'.repeat(43)}`;

let redis: RedisServer;
let rig: WebhookRig;
beforeAll(async () => {
  const binary = serverOnPath();
  if (binary === undefined) throw new Error('install redis-server or valkey-server');
  redis = await startServer(binary, []);
  rig = await startWebhookRig({
    CORS_ORIGINS: ORIGIN,
    LOG_LEVEL: 'debug',
    THROTTLE_ADDRESS_PER_MINUTE: '100000',
    REDIS_URL: redis.url,
  });
});
afterAll(async () => {
  await rig.close();
  await redis.stop();
});

const request = (method: string, path: string, ...headers: string[]) =>
  `${[`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

/** @returns the first line of the answer */
function send(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (some) => (received += some.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(received.split(' ')[1] ?? ''));
  });
}

/** Many such requests. @returns each answer, and the number of log lines of each event */
async function flood(port: number, bytes: string) {
  const startedAt = performance.now();
  const before = rig.logged().length;
  const statuses = new Set<string>();
  for (let sent = 0; sent < REQUESTS; sent += 10) {
    for (const status of await Promise.all(Array.from({ length: 10 }, () => send(port, bytes)))) statuses.add(status);
  }
  const lines = rig.logged().slice(before).split('\n').filter(Boolean);
  const ofEvent = Map.groupBy(lines, (line) => (JSON.parse(line) as { event: string }).event);
  // On a slow machine another period may begin meanwhile.
  const most = MOST * (1 + Math.ceil((performance.now() - startedAt) / PERIOD_MS));
  return { statuses: [...statuses], ofEvent, most };
}

const PREFLIGHT = [`Origin: ${ORIGIN}`, 'Access-Control-Request-Method: GET'];
const STRANGERS: [string, 'public' | 'private', string, string][] = [
  ['a path that nobody serves', 'public', request('GET', '/'), '404'],
  ['what looks like a lost webhook', 'public', request('GET', '/', 'X-Twilio-Signature: x'), '404'],
  ['a webhook that nobody signed', 'public', request('POST', PATH), '403'],
  ['a look without a credential', 'public', request('GET', LOOK), '401'],
  ['a look with an invented token', 'public', request('GET', LOOK, INVENTED), '401'],
  [
    'the events of a Challenge',
    'public',
    request('GET', `${LOOK}/events`, 'Accept: text/event-stream', INVENTED),
    '401',
  ],
  ['a preflight', 'public', request('OPTIONS', LOOK, ...PREFLIGHT), '204'],
  ['a URL that can not be decoded', 'public', request('GET', '/%zz'), '400'],
  ['what is no HTTP', 'public', 'no HTTP\r\n\r\n', '400'],
  ['an internal route with an invented key', 'private', request('GET', '/internal/v1/pause', INVENTED), '401'],
  ['a lost webhook on the private port', 'private', request('POST', PATH, 'X-Twilio-Signature: x'), '404'],
  ['the OpenAPI document', 'private', request('GET', '/openapi.json'), '404'],
];

test.each(STRANGERS)('%s', async (_, surface, bytes, status) => {
  const { statuses, ofEvent, most } = await flood(rig.ports[surface], bytes);
  expect(statuses).toEqual([status]);
  for (const [event, lines] of ofEvent) expect(lines.length, event).toBeLessThanOrEqual(most);
});

test.each([
  ['without a credential', request('GET', LOOK)],
  ['with an invented token', request('GET', LOOK, INVENTED)],
])('a look while Redis is away, %s', async (_, bytes) => {
  redis.process.kill('SIGKILL');
  await expect.poll(() => send(rig.ports.public, bytes)).toBe('503');
  const { statuses, ofEvent, most } = await flood(rig.ports.public, bytes);
  expect(statuses).toEqual(['503']);
  for (const [event, lines] of ofEvent) expect(lines.length, event).toBeLessThanOrEqual(most);
});
