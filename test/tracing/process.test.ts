import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { builtOnce } from '../support/built-once.js';
import { ServiceProcess } from '../process/service-process.js';
import { freePort } from '../support/free-port.js';
import { startCollector } from './collector.js';

const CANARY = 'canary-in-the-headers-of-the-collector';

const simulator = new Simulator();
const directory = mkdtempSync(join(tmpdir(), 'push-resend-tracing-'));
const { credential, record } = newApiKey('login-backend', ['sessions:write']);
/** Says on stderr which files of the bundle, and what of OpenTelemetry outside of it, are loaded. */
const witness = join(directory, 'witness.mjs');
let main: string;
let twilio: Awaited<ReturnType<Simulator['start']>>;
let running: ServiceProcess | undefined;

beforeAll(async () => {
  main = builtOnce();
  twilio = await simulator.start({ port: 0 });
  writeFileSync(join(directory, 'keys.json'), JSON.stringify([record]));
  writeFileSync(
    witness,
    `import { registerHooks } from 'node:module';
     registerHooks({ load(url, context, next) {
       if (/opentelemetry|\\/bundle\\//.test(url)) process.stderr.write('loaded ' + url + '\\n');
       return next(url, context);
     } });`,
  );
}, 120_000);
afterEach(async () => {
  await running?.remove();
});
afterAll(async () => {
  await simulator.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function start(environment: Record<string, string>): Promise<ServiceProcess> {
  running = await ServiceProcess.start(main, {
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    INTERNAL_API_KEYS_FILE: join(directory, 'keys.json'),
    NODE_OPTIONS: `--import=${witness}`,
    ...environment,
  });
  return running;
}

let users = 0;
/** A press of a new user. @returns how long its answer took, in milliseconds */
async function press(service: ServiceProcess): Promise<number> {
  const identity = `user-${++users}-of-tracing`;
  const response = await fetch(`${twilio.url}/_sim/challenges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity, ageSeconds: 60 }),
  });
  const { challengeSid } = (await response.json()) as { challengeSid: string };
  const registered = await service.ops
    .post('/internal/v1/sessions')
    .set('authorization', `Bearer ${credential}`)
    .send({ identity, expiresInSeconds: 600 })
    .expect(201);
  const { token } = registered.body as { token: string };
  const startedAt = performance.now();
  await service.api
    .post(`/v1/challenges/${challengeSid}/notifications`)
    .set('authorization', `Bearer ${token}`)
    .expect(201);
  return performance.now() - startedAt;
}

test('what was traced reaches the collector before the process ends, with what OTEL_ says of the service', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const service = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${CANARY}`,
    OTEL_SERVICE_NAME: 'resend-of-tests',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=tests',
    OTEL_BSP_SCHEDULE_DELAY: '600000',
  });
  await press(service);
  expect(collector.received).toEqual([]);
  service.kill('SIGTERM');
  expect(await service.end()).toBe(0);
  expect(collector.spans().map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'POST /v1/challenges/:challengeSid/notifications',
      'ledger settle',
      'POST /internal/v1/sessions',
    ]),
  );
  expect(collector.resource()).toMatchObject({
    'service.name': 'resend-of-tests',
    'service.version': expect.stringMatching(/^\d/),
    'service.instance.id': expect.any(String),
    'deployment.environment.name': 'tests',
  });
  expect(collector.received[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-collector-key': CANARY } });
  expect(service.output).not.toContain(CANARY);
  expect(service.output).toMatch(/^loaded .*\/collector\.js$/m);
});

test('the parts of a trace that are not kept do not reach it', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'always_off' });
  await press(service);
  service.kill('SIGTERM');
  expect(await service.end()).toBe(0);
  expect(collector.received).toEqual([]);
});

test.each(['refuses', 'says nothing'])('a collector that %s slows nobody, and is told of once', async (kind) => {
  const silent = kind === 'refuses' ? undefined : await startCollector({ silent: true });
  onTestFinished(() => silent?.close());
  const service = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: silent?.url ?? `http://127.0.0.1:${await freePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    OTEL_BSP_SCHEDULE_DELAY: '20',
  });
  await press(service);
  await expect.poll(() => service.logged('tracing.lost')).toHaveLength(1);
  for (let i = 0; i < 10; i++) expect(await press(service)).toBeLessThan(5000);
  service.kill('SIGTERM');
  const toldAt = performance.now();
  expect(await service.end()).toBe(0);
  expect(performance.now() - toldAt).toBeLessThan(10_000);
  const [line, ...more] = service.logged('tracing.lost');
  expect(line).toMatchObject({ level: 'warn', reason: kind === 'refuses' ? 'ECONNREFUSED' : 'no-code' });
  expect(line).not.toHaveProperty('requestId');
  expect(more).toEqual([]);
});

test('nor does one that says nothing hold up the end', async () => {
  const silent = await startCollector({ silent: true });
  onTestFinished(() => silent.close());
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: silent.url, OTEL_BSP_SCHEDULE_DELAY: '600000' });
  await press(service);
  service.kill('SIGTERM');
  expect(await service.end()).toBe(0);
  expect(silent.received).toHaveLength(1);
});

test.each([[{}], [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }]])(
  'off, nothing of OpenTelemetry is loaded: %o',
  async (environment) => {
    const service = await start(environment);
    await press(service);
    const loaded = service.output.split('\n').filter((line) => line.startsWith('loaded '));
    expect(loaded.some((line) => line.endsWith('/service.js'))).toBe(true);
    expect(loaded.filter((line) => /opentelemetry|collector|tracing/.test(line))).toEqual([]);
    await expect.poll(() => service.logged('request')).toMatchObject([{ status: 201 }, { status: 201 }]);
  },
);

test('what can not be used is told by its name, and not by its value', async () => {
  const service = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `grpc://user:${CANARY}@collector` });
  expect(service.logged('tracing.ignored')).toMatchObject([
    { level: 'warn', variables: ['OTEL_EXPORTER_OTLP_ENDPOINT'] },
  ]);
  expect(service.output).not.toContain(CANARY);
});
