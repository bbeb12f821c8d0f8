import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningSimulator, Simulator } from '../../apps/simulator/src/simulator.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { builtOnce } from '../support/built-once.js';
import { BreakableRedis } from './breakable-redis.js';
import { Instance, type Watch } from './instance.js';
import { LoginClient } from './login-client.js';
import { SETTINGS } from './storm-policy.js';

/** What a site may have that a storm of its own does not need. */
export interface Furnishing {
  /** Wins over the settings of a storm. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly watch?: Watch;
  /** Where the simulator sends what users answered. */
  readonly webhookUrl?: string;
  /** How long a client waits for an answer before it hangs up. */
  readonly patienceMs?: () => number;
}

/** Everything a storm needs, in real processes on loopback: built instances, one Redis, one simulator in this one. */
export interface Site {
  readonly redis: BreakableRedis;
  readonly instances: readonly Instance[];
  /** Replaced by each storm, so that its seed decides the simulator's faults. */
  random: () => number;
  simulate<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer>;
  /** A device of the user, with a session that reaches all of the user's Challenges. */
  signIn(user: string): Promise<LoginClient>;
  /** Resolves when every instance says that it is ready. */
  allReady(): Promise<void>;
  close(): Promise<void>;
}

const READY_WITHIN_MS = 10_000;

export async function startSite(
  instanceCount: number,
  { environment: more, watch, webhookUrl, patienceMs }: Furnishing = {},
): Promise<Site> {
  const closing: (() => unknown)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const main = builtOnce();
    const folder = mkdtempSync(join(tmpdir(), 'push-resend-storm-'));
    closing.push(() => rmSync(folder, { recursive: true, force: true }));
    const { credential, record } = newApiKey('login-backend', ['sessions:write']);
    const keysFile = join(folder, 'keys.json');
    writeFileSync(keysFile, JSON.stringify([record]));

    const simulator = new Simulator();
    const twilio = await simulator.start({ port: 0, webhookUrl, random: () => site.random() });
    closing.push(() => simulator.stop());
    const redis = new BreakableRedis();
    closing.push(() => redis.stop());
    await redis.start();
    const places = { REDIS_URL: redis.url, INTERNAL_API_KEYS_FILE: keysFile };
    const environment = { ...environmentFor(twilio), ...places, ...more };
    const instances = Array.from({ length: instanceCount }, () => new Instance(main, environment, watch));
    for (const instance of instances) closing.push(() => instance.crash());
    await Promise.all(instances.map((instance) => instance.start()));

    const site: Site = {
      redis,
      instances,
      random: Math.random,
      simulate: (method, path, body) => json(`${twilio.url}/_sim${path}`, method, body),
      signIn: async (user) => {
        const [instance] = instances;
        const url = `${instance?.privateUrl}/internal/v1/sessions`;
        const session = { identity: user, expiresInSeconds: 3600 };
        const authorization = `Bearer ${credential}`;
        const register = () => json<{ token: string }>(url, 'POST', session, { authorization });
        for (let attempt = 1; ; attempt++) {
          try {
            const { token } = await register();
            return new LoginClient(user, token, patienceMs);
          } catch (error) {
            if (attempt === 5) throw error;
            await sleep(100); // a busy machine may miss the short deadline of Redis
          }
        }
      },
      allReady: async () => {
        const giveUpAt = Date.now() + READY_WITHIN_MS;
        for (const { privateUrl } of instances) {
          while (!(await fetch(`${privateUrl}/readyz`)).ok) {
            if (Date.now() > giveUpAt) throw new Error('an instance did not become ready again');
            await sleep(50);
          }
        }
      },
      close,
    };
    await site.allReady();
    return site;
  } catch (error) {
    await close();
    throw error;
  }
}

function environmentFor(twilio: RunningSimulator): Record<string, string> {
  return {
    ...SETTINGS,
    NODE_ENV: 'test',
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    IDENTITY_HASH_SECRET: 'a secret that only the storms of this service have',
  };
}

async function json<Body>(
  url: string,
  method: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Body> {
  const payload = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  // A connection of its own: one that was idle may be closed by the server just as the request leaves.
  const response = await fetch(url, { method, headers: { ...headers, ...type, connection: 'close' }, ...payload });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
}
