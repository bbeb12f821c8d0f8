import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import supertest from 'supertest';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import type { Drain } from '@nest/lifecycle/drain.js';
import { serviceMetrics } from '../../apps/resend/src/requests/service-metrics.js';
import { redisFrom } from '../../apps/resend/src/wiring/redis-from.js';
import { twilioSecretsFrom } from '../../apps/resend/src/wiring/twilio-start.js';
import { type Route, startService } from '../../apps/resend/src/service.js';
import { readSettings } from '@settings/read-settings.js';
import { createLogger } from '@telemetry/logger.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import { newApiKey } from '../../scripts/demo-pair.ts';

/** A whole second, so that ages and waits come out even. */
const START = Date.parse('2026-03-02T10:00:00Z');

/** The simulator and the service on one clock, which stands still until a test moves it. */
export interface Rig {
  /** The public port, and the private one. */
  readonly api: ReturnType<typeof supertest>;
  readonly ops: ReturnType<typeof supertest>;
  readonly ports: { readonly public: number; readonly private: number };
  readonly drain: Drain;
  /** Every line logged so far. */
  readonly logged: () => string;
  readonly apiKey: string;
  /** By the ids that were asked for. */
  readonly apiKeys: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  /** Moves both clocks. */
  wait(seconds: number): void;
  /** A pending Challenge and a session of its user. */
  login(options?: Login): Promise<Screen>;
  /** The simulator's control surface. */
  simulate<Answer>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

export interface Login {
  readonly identity?: string;
  /** How long ago the Challenge and its automatic push were made. */
  readonly ageSeconds?: number;
  readonly expiresInSeconds?: number;
  readonly platform?: 'apn' | 'fcm' | 'none';
  readonly factorType?: 'push' | 'totp';
  /** A session that may reach any Challenge of its user. */
  readonly isUnbound?: boolean;
}

/** A login screen: one user, one Challenge, one session. */
export interface Screen {
  readonly identity: string;
  readonly challengeSid: string;
  readonly token: string;
  readonly sessionId: string;
  tap(options?: { key?: string; body?: object; challengeSid?: string }): supertest.Test;
  look(challengeSid?: string): supertest.Test;
  /** Notifications that Twilio created for this Challenge. */
  created(): Promise<number>;
  respond(status: 'approved' | 'denied'): Promise<void>;
}

let users = 0;

/** An internal API key more than the login backend's, by its id. */
export type WantedKeys = Readonly<Record<string, { readonly scopes: readonly string[]; readonly expiresAt?: string }>>;

export async function startRig(
  environment: Record<string, string> = {},
  wanted: WantedKeys = {},
  tracing?: Tracing,
): Promise<Rig> {
  let now = START;
  const clock = () => now;
  const simulator = new Simulator();
  const twilio = await simulator.start({ port: 0, now: clock });
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
  const { credential, record } = newApiKey('login-backend', ['sessions:write']);
  const keysFile = join(directory, 'keys.json');
  const more = Object.entries(wanted).map(([id, { scopes, ...end }]) => ({ key: newApiKey(id, scopes), end }));
  writeFileSync(keysFile, JSON.stringify([record, ...more.map(({ key, end }) => ({ ...key.record, ...end }))]));
  const variables = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    PRIVATE_PORT: '0',
    // A test may keep the event loop for longer than a service would.
    MAX_EVENT_LOOP_DELAY_MS: '60000',
    // Where no time limit is tested, one that a busy machine keeps.
    REDIS_COMMAND_TIMEOUT_MS: '5000',
    RESEND_DISPATCH_TO_SEND_MS: '1000',
    SESSION_PROVIDER_DEADLINE_MS: '10000',
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    TWILIO_START_CHECK: 'false',
    IDENTITY_HASH_SECRET: 'a secret that only the tests of this service have',
    INTERNAL_API_KEYS_FILE: keysFile,
    ...environment,
  };
  const settings = readSettings(variables);
  const lines: string[] = [];
  const log = createLogger('debug', { write: (line: string) => void lines.push(line) });
  const redis = redisFrom(settings);
  await redis?.ledger.connect();
  await redis?.sessions.connect();
  const service = await startService({
    settings,
    twilioSecrets: twilioSecretsFrom(settings, variables, log),
    log,
    metrics: serviceMetrics('test'),
    now: clock,
    ...(redis && { redis }),
    ...(tracing && { tracing }),
  });
  const api = supertest(`http://127.0.0.1:${service.port}`);
  const ops = supertest(`http://127.0.0.1:${service.privatePort}`);

  const simulate = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const payload = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${twilio.url}/_sim${path}`, { method, headers, ...payload });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_sim${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  };

  const login: Rig['login'] = async ({
    identity = `user-${++users}-of-tests`,
    isUnbound = false,
    ...challenge
  } = {}) => {
    const { challengeSid } = await simulate<{ challengeSid: string }>('POST', '/challenges', {
      identity,
      ageSeconds: 60,
      ...challenge,
    });
    const registered = await ops
      .post('/internal/v1/sessions')
      .set('authorization', `Bearer ${credential}`)
      .send({ identity, expiresInSeconds: 3600, ...(!isUnbound && { challengeSid }) })
      .expect(201);
    const { id: sessionId, token } = registered.body as { id: string; token: string };
    const path = (sid = challengeSid) => `/v1/challenges/${sid}`;
    return {
      identity,
      challengeSid,
      token,
      sessionId,
      tap: ({ key, body, challengeSid: other } = {}) => {
        const request = api.post(`${path(other)}/notifications`).set('authorization', `Bearer ${token}`);
        if (key !== undefined) void request.set('idempotency-key', key);
        return body === undefined ? request : request.send(body);
      },
      look: (other) => api.get(path(other)).set('authorization', `Bearer ${token}`),
      created: async () => {
        const journal = await simulate<{ effect: string }[]>('GET', `/journal?challengeSid=${challengeSid}`);
        return journal.filter(({ effect }) => effect === 'notification-created').length;
      },
      respond: async (status) => void (await simulate('POST', `/challenges/${challengeSid}/respond`, { status })),
    };
  };

  return {
    api,
    ops,
    ports: { public: service.port, private: service.privatePort },
    drain: service.parts.drain,
    logged: () => lines.join(''),
    apiKey: credential,
    apiKeys: Object.fromEntries(more.map(({ key }) => [key.record.id, key.credential])),
    routes: service.routes,
    wait: (seconds) => void (now += seconds * 1000),
    login,
    simulate,
    close: async () => {
      await service.close();
      redis?.ledger.disconnect();
      redis?.sessions.disconnect();
      await simulator.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
