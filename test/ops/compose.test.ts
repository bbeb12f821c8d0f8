/** docker-compose.yml, read as its containers read it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readEnvironment } from '../../apps/simulator/src/environment.js';
import { readSettings } from '@settings/read-settings.js';

interface Container {
  readonly restart?: string;
  readonly stop_grace_period?: string;
  readonly user?: string;
  readonly mem_limit: string;
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const text = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
const { services, configs } = parse(text, { merge: true }) as {
  services: Readonly<Record<string, Container>>;
  configs: { 'api-keys': { content: string } };
};
const ours = ['resend-1', 'resend-2'].map((name) => services[name]);
const simulator = readEnvironment(services['simulator']?.environment ?? {});
/** The API key that stands above the file, for `npm run demo`. */
const [demoKey = ''] = /(?<=DEMO_API_KEY=)\S+/.exec(text) ?? [];

test('what ends by itself is started again', () => {
  for (const [name, { restart }] of Object.entries(services)) expect(restart, name).toBe('on-failure');
});

test('a container has no right that it does not need, and bounds for memory and processes', () => {
  for (const [name, container] of Object.entries(services)) {
    expect(container, name).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      memswap_limit: container.mem_limit,
      pids_limit: expect.any(Number),
    });
    expect(container.mem_limit, name).toMatch(/^\d+m$/);
    // The images of ours say it themselves.
    if ('image' in container) expect(container.user, name).toMatch(/^[1-9]\d*:\d+$/);
  }
});

test('an instance has the memory that it has in Kubernetes, and Valkey twice what its data may take', () => {
  const deployment = readFileSync(new URL('../../ops/kubernetes/base/deployment.yaml', import.meta.url), 'utf8');
  const [, limitMiB] = /limits: { memory: (\d+)Mi }/.exec(deployment) ?? [];
  for (const service of ours) expect(service?.mem_limit).toBe(`${limitMiB}m`);
  const conf = readFileSync(new URL('../../ops/valkey/valkey.conf', import.meta.url), 'utf8');
  const [, maxmemory] = /^maxmemory (\d+)mb$/m.exec(conf) ?? [];
  expect(Number.parseInt(services['valkey']?.mem_limit ?? '', 10)).toBeGreaterThanOrEqual(2 * Number(maxmemory));
});

test('an instance has the time that it takes to answer what is running', () => {
  for (const service of ours) {
    const { shutdownGraceSeconds } = readSettings({ ...service?.environment, INTERNAL_API_KEYS_FILE: '' });
    const seconds = Number(/^(\d+)s$/.exec(service?.stop_grace_period ?? '')?.[1]);
    expect(seconds).toBeGreaterThanOrEqual(shutdownGraceSeconds + 2);
  }
});

test('the page calls an instance by its name among containers, and shows the address that it has outside of them', () => {
  expect(simulator.serviceUrl).toBe('http://resend-1:8080');
  const shown = new URL(simulator.shownServiceUrl ?? '');
  expect(ours[0]?.ports).toContain(`${shown.hostname}:${shown.port}:8080`);
  expect(shown.origin).toBe('http://127.0.0.1:8080'); // as npm run demo links to it
});

test('the key of the demo is one that the instances accept', () => {
  const [, secret = ''] = /^prk_demo_(.+)$/.exec(demoKey) ?? [];
  const secretSha256 = createHash('sha256').update(secret).digest('hex');
  expect(JSON.parse(configs['api-keys'].content)).toEqual([expect.objectContaining({ id: 'demo', secretSha256 })]);
  expect(simulator.sessionsApi).toEqual({ url: 'http://resend-1:9090', apiKey: demoKey });
});
