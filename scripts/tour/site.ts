import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { newApiKey } from '../demo-pair.ts';
import { isOnPath, type Processes, until } from './processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const mainOf = (app: string) => join(root, `dist/apps/${app}/src/main.js`);

/** Short limits, so that minutes show what usually takes hours. The alert rules are shortened, too. */
const SETTINGS = {
  HOST: '127.0.0.1',
  LOG_LEVEL: 'silent',
  IDENTITY_HASH_SECRET: 'only-for-this-tour-only-for-this-tour',
  TWILIO_FETCH_DEADLINE_MS: '500',
  TWILIO_CREATE_DEADLINE_MS: '1000',
  TWILIO_BREAKER_OPEN_MS: '2000',
  REDIS_COMMAND_TIMEOUT_MS: '1500',
  RESEND_DISPATCH_TO_SEND_MS: '400',
  RESEND_LEASE_SECONDS: '6',
  RESEND_COOLDOWN_SECONDS: '2,3',
  RESEND_USER_LIMITS: '10/10m,5/1m',
  RESEND_DENY_HOLD_SECONDS: '30',
  RESEND_COALESCE_SECONDS: '1',
  THROTTLE_ADDRESS_PER_MINUTE: '100000',
};

/** Two built instances on one Redis, and the simulator, all on loopback. */
export interface Site {
  readonly instances: readonly { readonly name: string; readonly url: string; readonly privatePort: number }[];
  /** Calls the simulator's control API. */
  simulate<Answer>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer>;
  /** Calls the internal API. */
  consume<Answer>(method: 'POST' | 'PUT', path: string, body: object): Promise<Answer>;
}

/** @param directory for the files of Redis and the instances */
export async function startSite(processes: Processes, directory: string): Promise<Site> {
  const [redisPort, simulatorPort, ...ports] = await freePorts(6);
  const [publicPorts, privatePorts] = [ports.slice(0, 2), ports.slice(2)];
  const redis = ['redis-server', 'valkey-server'].find(isOnPath);
  if (redis === undefined) throw new Error('The tour needs redis-server or valkey-server on PATH.');
  const quiet = ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  processes.start('Redis', redis, [...quiet, '--maxmemory-policy', 'noeviction', '--loglevel', 'warning']);

  const publicUrl = `http://127.0.0.1:${publicPorts[0]}`;
  const twilio = `http://127.0.0.1:${simulatorPort}`;
  processes.start('The simulator', process.execPath, [mainOf('simulator')], {
    SIMULATOR_PORT: String(simulatorPort),
    SIMULATOR_WEBHOOK_URL: `${publicUrl}/webhooks/twilio/verify`,
  });
  await until('the simulator answers', async () => (await fetch(`${twilio}/_sim`)).ok);
  const sim = (await (await fetch(`${twilio}/_sim`)).json()) as Record<string, string>;

  const scopes = ['sessions:write', 'limits:write', 'blocks:write'];
  const { credential, record } = newApiKey('tour', scopes);
  const keysFile = join(directory, 'api-keys.json');
  writeFileSync(keysFile, JSON.stringify([record]));
  const instances = publicPorts.map((port, index) => ({
    name: `resend-${index + 1}`,
    url: `http://127.0.0.1:${port}`,
    privatePort: privatePorts[index] ?? 0,
  }));
  for (const [index, { name, privatePort }] of instances.entries()) {
    processes.start(name, process.execPath, ['--enable-source-maps', mainOf('resend')], {
      ...SETTINGS,
      PORT: String(publicPorts[index]),
      PRIVATE_PORT: String(privatePort),
      REDIS_URL: `redis://127.0.0.1:${redisPort}`,
      INTERNAL_API_KEYS_FILE: keysFile,
      TWILIO_BASE_URL: twilio,
      TWILIO_ACCOUNT_SID: sim['accountSid'] ?? '',
      TWILIO_API_KEY_SID: sim['apiKeySid'] ?? '',
      TWILIO_API_KEY_SECRET: sim['apiKeySecret'] ?? '',
      TWILIO_VERIFY_SERVICE_SID: sim['serviceSid'] ?? '',
      TWILIO_AUTH_TOKEN: sim['authToken'] ?? '',
      PUBLIC_URL: publicUrl,
    });
    await until(`${name} is ready`, async () => (await fetch(`http://127.0.0.1:${privatePort}/readyz`)).ok);
  }
  const internal = `http://127.0.0.1:${privatePorts[0]}`;
  return {
    instances,
    simulate: (method, path, body) => json(`${twilio}/_sim${path}`, method, body),
    consume: (method, path, body) =>
      json(`${internal}/internal/v1${path}`, method, body, { authorization: `Bearer ${credential}` }),
  };
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

async function json<Answer>(url: string, method: string, body?: object, headers = {}): Promise<Answer> {
  const payload = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
  const response = await fetch(url, { method, headers, ...payload });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}
