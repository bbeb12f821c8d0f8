import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { freePort } from '../support/free-port.ts';
import { Contender } from './contender.ts';
import { SESSION_TAPS_PER_MINUTE } from './kinds.ts';
import type { Places, Runner, Start } from './runner.ts';
import { temporaryFile } from './temporary.ts';

const DEPLOYMENT = readFileSync(new URL('../../ops/kubernetes/base/deployment.yaml', import.meta.url), 'utf8');
const [, NODE_OPTIONS = ''] = /NODE_OPTIONS, value: "([^"]*)"/.exec(DEPLOYMENT) ?? [];

/**
 * A build of the service as in production, but for limits that a benchmark would run into.
 * @param main its entry point
 * @param more settings, which win over those of every benchmark
 */
export function built(name: string, main: string, more: Readonly<Record<string, string>> = {}): Start {
  return (places) => startService(name, main, places, more);
}

async function startService(
  name: string,
  main: string,
  { upstream, redisUrl, port }: Places,
  more: Readonly<Record<string, string>>,
): Promise<Runner> {
  const { credential, record } = newApiKey('bench', ['sessions:write']);
  const [publicPort, privatePort] = [port ?? (await freePort()), await freePort()];
  const process = new Contender(main, {
    ...upstream.trust,
    NODE_ENV: 'production',
    NODE_OPTIONS,
    HOST: '127.0.0.1',
    PORT: String(publicPort),
    PRIVATE_PORT: String(privatePort),
    TRUSTED_PROXIES: '127.0.0.1',
    TWILIO_BASE_URL: upstream.url,
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}`,
    TWILIO_API_KEY_SECRET: 'secret',
    TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
    REDIS_URL: redisUrl,
    REDIS_ALLOW_UNSAFE: 'true',
    // A machine that is busy with something else shows in no number here, and shall end no run.
    REDIS_COMMAND_TIMEOUT_MS: '5000',
    RESEND_DISPATCH_TO_SEND_MS: '5000',
    TWILIO_FETCH_DEADLINE_MS: '10000',
    TWILIO_CREATE_DEADLINE_MS: '10000',
    TWILIO_QUEUE_LIMIT: '10000',
    MAX_REQUESTS_IN_FLIGHT: '20000',
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    TWILIO_QUEUE_WAIT_MS: '5000',
    RESEND_LEASE_SECONDS: '60',
    RESEND_COALESCE_SECONDS: '0',
    CHALLENGE_CACHE_SECONDS: '60',
    THROTTLE_SESSION_PER_MINUTE: String(SESSION_TAPS_PER_MINUTE),
    THROTTLE_ADDRESS_PER_MINUTE: '100000',
    INTERNAL_API_KEYS_FILE: temporaryFile(`keys-${privatePort}.json`, JSON.stringify([record])),
    IDENTITY_HASH_SECRET: 'the secret of the benchmark, of 32 characters',
    ...more,
  });
  const internal = new Pool(`http://127.0.0.1:${privatePort}`, { connections: 16 });
  await isReady(internal);

  const register = async (identity: string) => {
    const { statusCode, body } = await internal.request({
      method: 'POST',
      path: '/internal/v1/sessions',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ identity, expiresInSeconds: 600 }),
    });
    const { token } = (await body.json()) as { token: string };
    if (statusCode !== 201) throw new Error(`a session was answered ${statusCode}`);
    return { authorization: `Bearer ${token}` };
  };
  return {
    name,
    process,
    url: `http://127.0.0.1:${publicPort}`,
    kinds: ['accepted', 'replayed', 'refused', 'throttled', 'look'],
    login: (identities) => Promise.all(identities.map(register)),
  };
}

async function isReady(internal: Pool): Promise<void> {
  for (let attempt = 0; attempt < 1200; attempt++) {
    const isUp = await internal.request({ method: 'GET', path: '/readyz' }).then(
      async ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
      () => false,
    );
    if (isUp) return;
    await sleep(50);
  }
  throw new Error('the service is not ready within a minute');
}
