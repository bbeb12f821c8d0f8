import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { redisUrl } from '../support/redis.js';
import { freePort } from '../support/free-port.js';
import type { Platform } from './platforms.js';
import { type Running, start } from './processes.js';
import type { Workshop } from './workshop.js';

/** The host's second Verify Service. */
export const PAYMENTS_SERVICE = `VA${'7'.repeat(32)}`;

/** The packed simulator and a host that calls it, each a process of its own. */
export interface Stage {
  readonly host: Running;
  /** The secrets that the host was given. */
  readonly secrets: readonly string[];
  /** Where the host's own routes are, without a slash at the end. */
  readonly api: string;
  /** Steers the simulator. @throws Error when it refuses */
  simulate(path: string, body: object): Promise<Record<string, unknown>>;
  /** Reads a list of the simulator: its journal, its webhooks. */
  simulated(path: string): Promise<Record<string, unknown>[]>;
  /** A pending Challenge, whose automatic push was sent a minute ago unless `more` says otherwise. @returns its SID */
  challenge(identity: string, more?: object): Promise<string>;
  /** Starts the same host without the module. @returns where its routes are */
  startBareHost(): Promise<string>;
  /** Ends every process, and removes what they left in Redis. */
  close(): Promise<void>;
}

/** Starts both. The host gets a corner of the test run's Redis. */
export async function openStage(workshop: Workshop, platform: Platform): Promise<Stage> {
  const running: Running[] = [];
  const keyPrefix = `packages:${randomBytes(6).toString('hex')}:`;
  const close = async () => {
    await Promise.all(running.map((one) => one.stop()));
    await removeKeys(`${keyPrefix}*`);
  };
  const port = await freePort();
  const PUBLIC_URL = `http://127.0.0.1:${port}`;
  try {
    const bin = join(workshop.simulator, 'node_modules/.bin/push-resend-simulator');
    const simulator = start(bin, [], workshop.simulator, {
      PATH: process.env['PATH'],
      SIMULATOR_PORT: '0',
      SIMULATOR_WEBHOOK_URL: `${PUBLIC_URL}/api/hooks/twilio`,
    });
    running.push(simulator);
    const [, twilioUrl = ''] = await simulator.printed(/(http:\/\/\S+)\/_sim/);
    const control = controlOf(`${twilioUrl}/_sim`);
    const credentials = await control.credentials();
    const identityHashSecret = randomBytes(32).toString('base64url');
    const env = {
      PATH: process.env['PATH'],
      PORT: String(port),
      PUBLIC_URL,
      REDIS_URL: redisUrl(),
      REDIS_KEY_PREFIX: keyPrefix,
      IDENTITY_HASH_SECRET: identityHashSecret,
      TWILIO_ACCOUNT_SID: credentials['accountSid'],
      TWILIO_API_KEY_SID: credentials['apiKeySid'],
      TWILIO_API_KEY_SECRET: credentials['apiKeySecret'],
      TWILIO_AUTH_TOKEN: credentials['authToken'],
      TWILIO_VERIFY_SERVICE_SID: credentials['serviceSid'],
      TWILIO_PAYMENTS_SERVICE_SID: PAYMENTS_SERVICE,
      TWILIO_BASE_URL: twilioUrl,
    };
    const startHost = async (more: NodeJS.ProcessEnv) => {
      const main = `dist/src/main-${platform}.js`;
      const host = start(process.execPath, [main], workshop.hosts[platform], { ...env, ...more });
      running.push(host);
      await host.printed(/listening at/);
      return host;
    };
    return {
      ...control,
      host: await startHost({}),
      secrets: [identityHashSecret, ...['apiKeySecret', 'authToken'].map((name) => credentials[name] ?? '')],
      api: `${PUBLIC_URL}/api`,
      startBareHost: async () => {
        const barePort = await freePort();
        await startHost({ PORT: String(barePort), WITHOUT_RESENDS: '1' });
        return `http://127.0.0.1:${barePort}/api`;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The simulator's control surface. */
function controlOf(url: string) {
  const read = async (path: string) => (await fetch(url + path)).json();
  const simulate = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the simulator refuses ${path}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  return {
    simulate,
    simulated: (path: string) => read(path) as Promise<Record<string, unknown>[]>,
    credentials: () => read('') as Promise<Record<string, string>>,
    challenge: async (identity: string, more: object = {}) =>
      String((await simulate('/challenges', { identity, ageSeconds: 60, ...more }))['challengeSid']),
  };
}

async function removeKeys(pattern: string): Promise<void> {
  const redis = new Redis(redisUrl());
  const keys = await redis.keys(pattern);
  if (keys.length > 0) await redis.unlink(...keys);
  redis.disconnect();
}
