import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { builtOnce } from '../support/built-once.js';
import { ServiceProcess } from '../process/service-process.js';
import { type OwnServer, Started } from '../redis/own-servers.js';
import { Canaries, CANARY } from './canaries.js';
import { HEADERS, SECRET_LENGTH } from './canary-rig.js';

const PASSWORD = `${CANARY}-of-redis`;

const simulator = new Simulator();
const directory = mkdtempSync(join(tmpdir(), 'push-resend-canaries-'));
const started = new Started();
const canaries = new Canaries();
const { credential, record } = newApiKey('login-backend', ['sessions:write']);
const identity = canaries.add('an identity', `${CANARY}-of-a-process`);
let main: string;
let redis: OwnServer;
let environment: Record<string, string>;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  main = builtOnce();
  redis = await started.server();
  await redis.admin.call('ACL', 'SETUSER', 'resend', 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
  const twilio = await simulator.start({ port: 0 });
  writeFileSync(join(directory, 'keys.json'), JSON.stringify([record]));
  const secrets = {
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_AUTH_TOKEN: `${CANARY}+of/the auth token`.replaceAll(' ', '-'),
    IDENTITY_HASH_SECRET: `${CANARY} of the identity hash, with 32 letters`,
    REDIS_PASSWORD: PASSWORD,
  };
  for (const [what, secret] of Object.entries(secrets)) canaries.add(what, secret);
  canaries.add('an API key', credential);
  canaries.add('an API key', credential.slice(-SECRET_LENGTH));
  environment = {
    ...secrets,
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    PUBLIC_URL: 'https://login.example.com',
    REDIS_URL: redis.url,
    REDIS_USERNAME: 'resend',
    INTERNAL_API_KEYS_FILE: join(directory, 'keys.json'),
    LOG_LEVEL: 'debug',
  };
}, 120_000);
afterEach(async () => {
  await service?.remove();
});
afterAll(async () => {
  await simulator.stop();
  await started.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<ServiceProcess> {
  service = await ServiceProcess.start(main, { ...environment, ...more });
  return service;
}

/** What every user of the machine can see of a process. */
function mustBeSilent({ pid, output }: ServiceProcess): void {
  canaries.mustNotSing(output, 'the output');
  for (const what of ['cmdline', 'comm', 'status']) {
    const seen = readFileSync(`/proc/${pid}/${what}`, 'utf8');
    expect(seen).not.toBe('');
    canaries.mustNotSing(seen, what);
  }
}

/** Registers a session and looks at a Challenge that is none. */
async function visited({ ops, api }: ServiceProcess) {
  const registered = await ops
    .post('/internal/v1/sessions')
    .set({ ...HEADERS, authorization: `Bearer ${credential}` })
    .send({ identity, expiresInSeconds: 600 });
  const { token = CANARY } = registered.body as { token?: string };
  canaries.add('a token', token);
  canaries.add('a token', token.slice(-SECRET_LENGTH));
  const looked = await api
    .get(`/v1/challenges/YC${'0'.repeat(32)}`)
    .set({ ...HEADERS, authorization: `Bearer ${token}` });
  return { token, statuses: [registered.status, looked.status] };
}

test('a running service reveals no secret in its log or the process list', async () => {
  const running = await start();
  expect((await visited(running)).statuses).toEqual([201, 404]);
  await expect.poll(() => running.logged('request')).toHaveLength(2);
  mustBeSilent(running);
});

test('nor does one that took its secrets from files', async () => {
  const names = ['TWILIO_API_KEY_SECRET', 'TWILIO_AUTH_TOKEN', 'IDENTITY_HASH_SECRET', 'REDIS_PASSWORD'];
  const files = Object.fromEntries(
    names.map((name) => {
      const file = join(directory, name.toLowerCase());
      writeFileSync(file, `${environment[name]}\n`);
      return [`${name}_FILE`, file];
    }),
  );
  const emptied = Object.fromEntries(names.map((name) => [name, '']));
  const running = await start({ ...emptied, ...files });
  expect((await visited(running)).statuses).toEqual([201, 404]);
  mustBeSilent(running);
});

test('nor does one whose Redis does not let it in', async () => {
  const running = await start({ REDIS_PASSWORD: `${CANARY}-that-is-wrong` });
  expect((await visited(running)).statuses).toEqual([503, expect.any(Number)]);
  expect(running.logged('redis.error').length).toBeGreaterThan(0);
  expect(running.output).toContain('WRONGPASS');
  mustBeSilent(running);
});

test('nor does one that a bug ends while it has all of it in hand', async () => {
  const bug = join(directory, 'bug.mjs');
  writeFileSync(
    bug,
    `process.on('SIGUSR2', () => {
       const told = JSON.stringify(process.env) + '\\n    at ' + process.env.IDENTITY;
       const error = new TypeError(told, { cause: new Error(told) });
       throw Object.assign(error, { code: process.env.IDENTITY, config: process.env });
     });`,
  );
  const running = await start({ NODE_OPTIONS: `--import=${bug}`, IDENTITY: identity });
  await visited(running);
  mustBeSilent(running);
  running.kill('SIGUSR2');
  expect(await running.end()).toBe(1);
  expect(running.logged('crash')).toMatchObject([{ level: 'fatal', name: 'TypeError' }]);
  canaries.mustNotSing(running.output, 'the output');
});
