import { execFileSync } from 'node:child_process';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { Started } from '../redis/own-servers.js';
import { builtOnce } from '../support/built-once.js';
import { freePort } from '../support/free-port.js';
import { ServiceProcess } from './service-process.js';

const CANARY = 'a-canary-that-must-not-sing';

const simulator = new Simulator();
const directory = mkdtempSync(join(tmpdir(), 'push-resend-process-'));
const { credential, record } = newApiKey('login-backend', ['sessions:write']);
let main: string;
let twilio: Awaited<ReturnType<Simulator['start']>>;
let environment: Record<string, string>;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  main = builtOnce();
  twilio = await simulator.start({ port: 0 });
  const keysFile = join(directory, 'keys.json');
  writeFileSync(keysFile, JSON.stringify([record]));
  environment = {
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    TWILIO_CREATE_DEADLINE_MS: '10000',
    RESEND_LEASE_SECONDS: '60',
    INTERNAL_API_KEYS_FILE: keysFile,
  };
}, 120_000);
afterEach(async () => {
  for (const service of running.splice(0)) await service.remove();
  await simulate('DELETE', '/faults');
});
afterAll(async () => {
  await simulator.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(main, { ...environment, ...more });
  running.push(service);
  return service;
}

async function simulate<Answer>(method: string, path: string, body?: object): Promise<Answer> {
  const payload = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${twilio.url}/_sim${path}`, { method, ...payload });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

let users = 0;
/** A press of a new user, with the create delayed by so long; it has been sent to Twilio when this resolves. */
async function pressSlowly(service: ServiceProcess, delayMs: number) {
  const identity = `user-${++users}-of-processes`;
  const { challengeSid } = await simulate<{ challengeSid: string }>('POST', '/challenges', {
    identity,
    ageSeconds: 60,
  });
  const registered = await service.ops
    .post('/internal/v1/sessions')
    .set('authorization', `Bearer ${credential}`)
    .send({ identity, expiresInSeconds: 600 })
    .expect(201);
  const { token } = registered.body as { token: string };
  await simulate('POST', '/faults', { operation: 'createNotification', kind: 'delay', delayMs, times: 1 });
  const authorization = `Bearer ${token}`;
  const answer = service.api
    .post(`/v1/challenges/${challengeSid}/notifications`)
    .set({ authorization })
    .then(
      (response) => response,
      () => undefined,
    );
  const created = async () => {
    const journal = await simulate<{ effect: string }[]>('GET', `/journal?challengeSid=${challengeSid}`);
    return journal.filter(({ effect }) => effect === 'notification-created').length;
  };
  await expect.poll(created).toBe(1);
  const secrets = [identity, token, credential, twilio.apiKeySecret, twilio.accountSid, twilio.serviceSid];
  return { answer, secrets, look: () => service.api.get(`/v1/challenges/${challengeSid}`).set({ authorization }) };
}

describe('told to end', () => {
  test('it finishes what is running, takes nothing new, says so, and ends with 0', async () => {
    const service = await start({ LOG_LEVEL: 'debug' });
    await service.ops.get('/readyz').expect(200);
    const { answer, look, secrets } = await pressSlowly(service, 1500);
    service.kill('SIGINT');
    service.kill('SIGTERM'); // what npm makes of one Ctrl+C
    await expect.poll(async () => (await service.ops.get('/readyz')).status).toBe(503);
    const refused = await look().expect(503).expect('connection', 'close').expect('retry-after', '1');
    expect(refused.body).toMatchObject({ code: 'shutting-down', retryable: true });
    const answered = await answer;
    expect(answered?.status).toBe(201);
    expect(answered?.headers['connection']).toBe('close');
    expect(await service.end()).toBe(0);
    expect(service.logged('stopped')).toMatchObject([{ left: 0 }]);
    for (const secret of secrets) expect(service.output).not.toContain(secret);
    const [last, stopped] = service.output.trim().split('\n').slice(-2);
    expect(last).toMatch(/notifications","status":201,/);
    expect(stopped).toContain('"event":"stopped"');
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('twice, it ends at once: %s', async (signal, code) => {
    const service = await start();
    const { answer } = await pressSlowly(service, 5000);
    service.kill('SIGTERM');
    await expect.poll(() => service.logged('stopping')).toHaveLength(1);
    await expect.poll(() => service.kill(signal) && service.hasEnded).toBe(true);
    expect(await service.end()).toBe(code);
    expect(await answer).toBeUndefined();
  });

  test('it does not wait longer than the grace period, and says what it cut off', async () => {
    const service = await start({ SHUTDOWN_GRACE_SECONDS: '1' });
    const { answer } = await pressSlowly(service, 8000);
    const toldAt = performance.now();
    service.kill('SIGTERM');
    expect(await service.end()).toBe(1);
    expect(performance.now() - toldAt).toBeLessThan(8000);
    expect(service.logged('stopped')).toMatchObject([{ level: 'error', left: 1 }]);
    expect(await answer).toBeUndefined();
  });

  test('a node of a Cluster in REDIS_URL ends it with 78, also if it is reached only later', async () => {
    const [port, bus] = [String(await freePort()), String(await freePort())];
    const place = { REDIS_URL: `redis://127.0.0.1:${port}`, IDENTITY_HASH_SECRET: CANARY.repeat(2) };
    const service = await start(place);
    expect(service.hasEnded).toBe(false);
    const node = ['--port', port, '--cluster-port', bus, '--bind', '127.0.0.1', '--dir', directory];
    const started = new Started();
    onTestFinished(() => started.stopAll());
    started.spawned(...node, '--cluster-enabled', 'yes', '--save', '');
    expect(await service.end()).toBe(78);
    const advice = /REDIS_URL points to a node of a Redis Cluster; set REDIS_CLUSTER_NODES instead/;
    expect(service.logged('redis.wrong-server')).toMatchObject([
      { level: 'fatal', msg: expect.stringMatching(advice) },
    ]);
    const again = await start(place);
    expect(await again.end()).toBe(78);
    expect(again.logged('started')).toEqual([]);
  });

  test('no client and no Redis keeps it', async () => {
    const silent = await silentServer();
    const service = await start({ REDIS_URL: silent, IDENTITY_HASH_SECRET: CANARY.repeat(2) });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await once(get({ port: service.publicPort, path: '/', agent }), 'response').then(([response]) => response.resume());
    const half = connect(service.publicPort, '127.0.0.1').on('error', () => undefined);
    await once(half, 'connect');
    half.write('POST / HTTP/1.1\r\nHost: ');
    service.kill('SIGTERM');
    expect(await service.end()).toBe(0);
  });
});

describe('an uncaught error', () => {
  test.each([
    ['an exception', 'throw new TypeError(canary)', 'uncaughtException'],
    ['a rejection', 'Promise.reject(new Error(canary, { cause: new Error(canary) }))', 'unhandledRejection'],
    ['what is no error', 'Promise.reject(canary)', 'unhandledRejection'],
  ])('%s ends it with 1 and one line that quotes nothing', async (_, statement, origin) => {
    const bug = join(directory, 'bug.mjs');
    const canary = `const canary = process.env.CANARY + '\\n    at ' + process.env.CANARY;`;
    writeFileSync(bug, `process.on('SIGUSR2', () => { ${canary} ${statement}; });`);
    const service = await start({ NODE_OPTIONS: `--import=${bug}`, CANARY });
    service.kill('SIGUSR2');
    expect(await service.end()).toBe(1);
    expect(service.logged('crash')).toMatchObject([{ level: 'fatal', origin }]);
    for (const secret of [CANARY, twilio.apiKeySecret, twilio.accountSid, twilio.serviceSid]) {
      expect(service.output).not.toContain(secret);
    }
    const lines = service.output.trim().split('\n');
    expect(lines.every((line) => line.startsWith('{'))).toBe(true);
  });
});

test('a client that asks for a tunnel and resets the connection ends nothing', async () => {
  const service = await start();
  for (let attempt = 0; attempt < 10; attempt++) {
    const socket = connect(service.publicPort, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n');
    socket.resetAndDestroy();
    await once(socket, 'close');
    await service.ops.get('/livez').expect(200);
  }
  expect(service.logged('crash')).toEqual([]);
});

test('a port that is taken ends it with 78 and one line that says so', async () => {
  const taken = createServer();
  await once(taken.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const service = await start({ PORT: String(port) });
  expect(await service.end()).toBe(78);
  expect(service.output).toBe(`Cannot listen on 127.0.0.1, port ${port}: EADDRINUSE; set PORT to another port\n`);
});

test('a PRIVATE_HOST that is not of this machine ends it with 78, and is named', async () => {
  const service = await start({ PRIVATE_HOST: '192.0.2.1' });
  expect(await service.end()).toBe(78);
  expect(service.output).toMatch(/^Cannot listen on 192\.0\.2\.1, port \S+: EADDRNOTAVAIL$/m);
});

test('settings that can not be used end it with 78, and no value is shown', async () => {
  const service = await start({ TWILIO_API_KEY_SID: CANARY, RESEND_LEASE_SECONDS: CANARY });
  expect(await service.end()).toBe(78);
  expect(service.output).toContain('TWILIO_API_KEY_SID');
  expect(service.output).toContain('RESEND_LEASE_SECONDS');
  expect(service.output).not.toContain(CANARY);
});

test('files that have no end, or that nobody can read, end it with 78 and a sentence about each', async () => {
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const service = await start({
    TWILIO_AUTH_TOKEN_FILE: '/dev/zero',
    TWILIO_WEBHOOK_KEYS_FILE: pipe,
    REDIS_PASSWORD_FILE: directory,
    REDIS_CA_FILE: `/${CANARY.repeat(333)}`,
  });
  expect(await service.end()).toBe(78);
  const noFile = 'must be a regular file, not a directory, a device or a pipe';
  expect(service.output.trim().split('\n').toSorted()).toEqual([
    '  REDIS_CA_FILE: can not be read: its path is too long',
    `  REDIS_PASSWORD: REDIS_PASSWORD_FILE ${noFile}`,
    `  TWILIO_AUTH_TOKEN: TWILIO_AUTH_TOKEN_FILE ${noFile}`,
    `  TWILIO_WEBHOOK_KEYS: TWILIO_WEBHOOK_KEYS_FILE ${noFile}`,
    'Invalid settings:',
  ]);
});

test.each([
  ['a path of 9,000 characters', `/${CANARY.repeat(333)}`, 'can not be read: its path is too long'],
  ['noise without end', '/dev/random', 'must be a regular file, not a directory, a device or a pipe'],
])('%s as the file of the API keys ends it with 78', async (_, file, complaint) => {
  const service = await start({ INTERNAL_API_KEYS_FILE: file });
  expect(await service.end()).toBe(78);
  expect(service.output).toContain(`consumers.apiKeysFile (INTERNAL_API_KEYS_FILE): ${complaint}\n`);
  expect(service.output).not.toContain(CANARY);
});

test('a misspelt setting ends it with 78, and is named with the one that was meant', async () => {
  const service = await start({ RESEND_COOLDOWN_SECOND: '120' });
  expect(await service.end()).toBe(78);
  expect(service.output).toBe(
    'Invalid settings:\n  RESEND_COOLDOWN_SECOND: is not a setting; did you mean RESEND_COOLDOWN_SECONDS?\n',
  );
});

test('it starts beside the variables of other software, and with blanks and quotes around values', async () => {
  const service = await start({
    LOG_LEVEL: '"info"\r',
    PORT: ' 0 \n',
    REDIS_HOST: 'redis',
    REDIS_PORT: 'tcp://10.0.0.1:6379',
    REDIS_SERVICE_HOST: '10.0.0.1',
    PUSH_RESEND_PORT: 'tcp://10.0.0.2:8080',
  });
  await expect
    .poll(() => service.logged('settings.ignored'))
    .toMatchObject([{ variables: { REDIS_HOST: 'REDIS_URL' } }]);
  service.kill('SIGTERM');
  expect(await service.end()).toBe(0);
});

/** Accepts connections and never says a word. @returns a Redis URL */
async function silentServer(): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
