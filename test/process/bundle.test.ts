import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { readLockfile, shippedPackages } from '../../scripts/supply/shipped-packages.js';
import { builtOnce } from '../support/built-once.js';
import { redisUrl } from '../support/redis.js';
import { ServiceProcess } from './service-process.js';

const simulator = new Simulator();
const directory = mkdtempSync(join(tmpdir(), 'push-resend-bundle-'));
const { credential, record } = newApiKey('login-backend', ['sessions:write']);
let main: string;
let twilio: Awaited<ReturnType<Simulator['start']>>;
let service: ServiceProcess | undefined;

beforeAll(async () => {
  main = builtOnce();
  twilio = await simulator.start({ port: 0 });
  writeFileSync(join(directory, 'keys.json'), JSON.stringify([record]));
}, 240_000);
afterEach(async () => {
  await service?.remove();
});
afterAll(async () => {
  await simulator.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<ServiceProcess> {
  service = await ServiceProcess.start(main, {
    NODE_ENV: 'production',
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    REDIS_URL: redisUrl(),
    REDIS_ALLOW_UNSAFE: 'true',
    REDIS_KEY_PREFIX: `${basename(directory)}:`,
    IDENTITY_HASH_SECRET: 'a secret of the bundle, of 32 letters',
    INTERNAL_API_KEYS_FILE: join(directory, 'keys.json'),
    ...more,
  });
  return service;
}

function registered({ ops }: ServiceProcess, identity: string) {
  return ops
    .post('/internal/v1/sessions')
    .set('authorization', `Bearer ${credential}`)
    .send({ identity, expiresInSeconds: 600 });
}

/** The modules that are in a file of the bundle, by its source map. */
function modulesIn(file: string): string[] {
  const { sources } = JSON.parse(readFileSync(join(dirname(main), `${file}.map`), 'utf8')) as {
    sources: string[];
  };
  return sources;
}

/** The exit code of what the image runs as its health check. */
function healthCheck(environment: Record<string, string>): number | null {
  const program = join(dirname(main), 'health-check.js');
  return spawnSync(process.execPath, [program], { env: { HOST: '127.0.0.1', ...environment } }).status;
}

test('it serves a tap, a look, readiness and metrics, with the scripts in a real Redis', async () => {
  const running = await start();
  const identity = 'user-of-the-bundle';
  const created = await fetch(`${twilio.url}/_sim/challenges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity, ageSeconds: 60 }),
  });
  const { challengeSid } = (await created.json()) as { challengeSid: string };
  const { token } = (await registered(running, identity).expect(201)).body as { token: string };
  const authorization = `Bearer ${token}`;
  await running.api.post(`/v1/challenges/${challengeSid}/notifications`).set({ authorization }).expect(201);
  const { body } = await running.api.get(`/v1/challenges/${challengeSid}`).set({ authorization }).expect(200);
  expect(body).toMatchObject({ challenge: { sid: challengeSid, status: 'pending' }, resend: { remaining: 1 } });
  await running.ops.get('/readyz').expect(200);
  expect(healthCheck({ PRIVATE_PORT: String(running.logged('started')[0]?.['privatePort']) })).toBe(0);
  const { text } = await running.ops.get('/metrics').expect(200);
  expect(text).toMatch(/^push_resend_twilio_calls_total\{.*createNotification.*\} 1$/m);
});

test('a bug is logged with the lines of the TypeScript that led to it', async () => {
  const bug = join(directory, 'bug.mjs');
  writeFileSync(
    bug,
    `const { toISOString } = Date.prototype;
     Date.prototype.toISOString = function () {
       if (this - Date.now() > 500_000) throw new TypeError('planted where a session expires');
       return toISOString.call(this);
     };`,
  );
  const running = await start({ NODE_OPTIONS: `--import=${bug}` });
  await registered(running, 'user-of-a-bug').expect(500);
  await expect.poll(() => running.logged('unexpected')).toHaveLength(1);
  const [line] = running.logged('unexpected');
  expect(line?.['frames']).toEqual(
    expect.arrayContaining([expect.stringMatching(/libs\/nestjs\/src\/internal\/sessions\.controller\.ts:\d+:\d+/)]),
  );
});

test('the bundle contains only Verify and the base of the SDK, and no other product', () => {
  const products = modulesIn('dependencies.js').flatMap((path) => /\/twilio\/lib\/rest\/(\w+)/.exec(path)?.[1] ?? []);
  expect(new Set(products)).toEqual(new Set(['Twilio', 'Verify', 'VerifyBase', 'verify', 'OauthBase', 'oauth']));
});

test('what it has of others is in the bill of materials', () => {
  const modules = globSync('*.js.map', { cwd: dirname(main) }).flatMap((map) => modulesIn(map.replace(/\.map$/, '')));
  const paths = modules.map((path) => resolve(dirname(main), path));
  const names = paths.flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  const shipped = new Set(shippedPackages(readLockfile()).map(({ name }) => name));
  expect(names).toContain('rxjs');
  expect([...new Set(names)].filter((name) => !shipped.has(name))).toEqual([]);
});

test('what traces is apart from what is loaded at the start', () => {
  const isTracing = (path: string) => /@opentelemetry\/(?!api\/)|\/traced-/.test(path);
  expect(modulesIn('collector.js').some(isTracing)).toBe(true);
  expect([...modulesIn('dependencies.js'), ...modulesIn('service.js')].filter(isTracing)).toEqual([]);
});

test('no module of ours is in it twice', () => {
  const files = globSync('*.js.map', { cwd: dirname(main) }).map((map) => map.replace(/\.map$/, ''));
  const ours = files.flatMap(modulesIn).filter((path) => path.endsWith('.ts'));
  expect(ours.length).toBeGreaterThan(100);
  expect(ours.toSorted()).toEqual([...new Set(ours)].toSorted());
});

test('its scripts are those of the repository', () => {
  const scripts = globSync('libs/**/*.lua');
  expect(scripts.length).toBeGreaterThan(0);
  for (const script of scripts) {
    expect(readFileSync(join(dirname(main), basename(script)), 'utf8')).toBe(readFileSync(script, 'utf8'));
  }
});
