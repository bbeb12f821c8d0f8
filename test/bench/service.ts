import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { freePort } from '../support/free-port.ts';
import { Contender } from './contender.ts';

/** The built service under load: as in production, but for limits on taps that a benchmark would run into. */
export interface BenchedService {
  readonly process: Contender;
  readonly url: string;
  /** A session for each of these identities. @returns their tokens */
  readonly register: (identities: readonly string[]) => Promise<string[]>;
}

export async function startService(main: string, twilioUrl: string, redisUrl: string): Promise<BenchedService> {
  const { credential, record } = newApiKey('bench', ['sessions:write']);
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const keysFile = join(directory, 'keys.json');
  writeFileSync(keysFile, JSON.stringify([record]));
  const [port, privatePort] = [await freePort(), await freePort()];
  const contender = new Contender(main, {
    NODE_ENV: 'production',
    NODE_OPTIONS: '--max-old-space-size=192', // as in ops/kubernetes
    HOST: '127.0.0.1',
    PORT: String(port),
    PRIVATE_PORT: String(privatePort),
    TRUSTED_PROXIES: '127.0.0.1',
    TWILIO_BASE_URL: twilioUrl,
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
    RESEND_LEASE_SECONDS: '60',
    RESEND_COALESCE_SECONDS: '0',
    CHALLENGE_CACHE_SECONDS: '60',
    THROTTLE_SESSION_PER_MINUTE: '100000',
    THROTTLE_ADDRESS_PER_MINUTE: '100000',
    INTERNAL_API_KEYS_FILE: keysFile,
    IDENTITY_HASH_SECRET: randomBytes(32).toString('hex'),
  });
  const internal = new Pool(`http://127.0.0.1:${privatePort}`, { connections: 16 });
  await answers(internal);

  const register = async (identity: string): Promise<string> => {
    const { statusCode, body } = await internal.request({
      method: 'POST',
      path: '/internal/v1/sessions',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ identity, expiresInSeconds: 600 }),
    });
    const answer = (await body.json()) as { token: string };
    if (statusCode !== 201) throw new Error(`a session was answered ${statusCode}`);
    return answer.token;
  };
  return {
    process: contender,
    url: `http://127.0.0.1:${port}`,
    register: (identities) => Promise.all(identities.map(register)),
  };
}

async function answers(internal: Pool): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isReady = await internal.request({ method: 'GET', path: '/readyz' }).then(
      async ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
      () => false,
    );
    if (isReady) return;
    await sleep(50);
  }
  throw new Error('the service is not ready within 10 seconds');
}
