import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { Simulator } from '../../../apps/simulator/src/simulator.js';
import { serviceMetrics } from '../../../apps/resend/src/requests/service-metrics.js';
import { startService } from '../../../apps/resend/src/service.js';
import { readSettings } from '@settings/read-settings.js';
import { createLogger } from '@telemetry/logger.js';
import { newApiKey } from '../../../scripts/demo-pair.ts';
import { buildPage } from '../../../scripts/page.ts';
import { launchChromium } from '../../support/chromium.js';
import { freePort } from '../../support/free-port.js';

/** The page, the service behind it and the simulator that serves it, as `npm start` runs them, on a clock that tests can move; and a browser. */
export interface Site {
  readonly browser: Browser;
  /** The page without a login: it starts one of its own. */
  readonly url: string;
  readonly serviceUrl: string;
  /** Whose pages the service lets in by CORS. */
  readonly friend: { readonly origin: string; readonly port: number };
  login(options?: Wanted): Promise<Login>;
  simulate<Answer>(path: string, body?: object): Promise<Answer>;
  /** Time passes for the service and for Twilio, and not for the browser. */
  wait(seconds: number): void;
  close(): Promise<void>;
}

export interface Login {
  /** The page with this login. */
  readonly url: string;
  readonly identity: string;
  readonly challengeSid: string;
  readonly token: string;
  /** How many Notifications Twilio has created for it. */
  pushes(): Promise<number>;
  answer(status: 'approved' | 'denied'): Promise<void>;
}

interface Wanted {
  readonly identity?: string;
  readonly ageSeconds?: number;
  readonly expiresInSeconds?: number;
}

let users = 0;

export async function openSite(): Promise<Site> {
  await using opened = new AsyncDisposableStack();
  let passed = 0;
  const now = (): number => Date.now() + passed;
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-page-'));
  opened.defer(() => rmSync(directory, { recursive: true, force: true }));
  await buildPage(join(directory, 'page'));
  const { credential, record } = newApiKey('login-backend', ['sessions:write']);
  writeFileSync(join(directory, 'keys.json'), JSON.stringify([record]));

  const [port, privatePort, friendPort] = [await freePort(), await freePort(), await freePort()];
  const serviceUrl = `http://127.0.0.1:${port}`;
  const friend = { origin: `http://127.0.0.1:${friendPort}`, port: friendPort };
  const internalUrl = `http://127.0.0.1:${privatePort}`;
  const simulator = opened.adopt(new Simulator(), (started) => started.stop());
  const twilio = await simulator.start({
    port: 0,
    now,
    serviceUrl,
    sessionsApi: { url: internalUrl, apiKey: credential },
    webhookUrl: `${serviceUrl}/webhooks/twilio/verify`,
    pageFolder: pathToFileURL(`${directory}/page/`),
  });
  const settings = readSettings({
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(port),
    PRIVATE_PORT: String(privatePort),
    PUBLIC_URL: serviceUrl,
    CORS_ORIGINS: friend.origin,
    CORS_HEADERS: 'X-App-Version',
    TWILIO_BASE_URL: twilio.url,
    TWILIO_ACCOUNT_SID: twilio.accountSid,
    TWILIO_API_KEY_SID: twilio.apiKeySid,
    TWILIO_API_KEY_SECRET: twilio.apiKeySecret,
    TWILIO_AUTH_TOKEN: twilio.authToken,
    TWILIO_VERIFY_SERVICE_SID: twilio.serviceSid,
    IDENTITY_HASH_SECRET: 'a secret that only the tests of this service have',
    INTERNAL_API_KEYS_FILE: join(directory, 'keys.json'),
  });
  const log = createLogger('warn', { write: (line: string) => void process.stderr.write(line) });
  opened.adopt(await startService({ settings, log, metrics: serviceMetrics('test'), now }), (service) =>
    service.close(),
  );
  const browser = opened.adopt(await launchChromium(), (launched) => launched.close());

  const post = async <Answer>(url: string, body: object, headers: Record<string, string> = {}): Promise<Answer> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
    const response = await fetch(url, { ...init, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Answer;
  };
  const simulate = async <Answer>(path: string, body?: object): Promise<Answer> => {
    if (body !== undefined) return post(`${twilio.url}/_sim${path}`, body);
    return (await (await fetch(`${twilio.url}/_sim${path}`)).json()) as Answer;
  };

  const all = opened.move();
  return {
    browser,
    url: twilio.url,
    serviceUrl,
    friend,
    simulate,
    wait: (seconds) => void (passed += seconds * 1000),
    login: async ({ identity = `user-${++users}-of-the-page`, ageSeconds = 60, expiresInSeconds = 540 } = {}) => {
      const wanted = { identity, ageSeconds, expiresInSeconds, message: 'Log in to Harbour?' };
      const { challengeSid } = await simulate<{ challengeSid: string }>('/challenges', wanted);
      const { token } = await post<{ token: string }>(
        `${internalUrl}/internal/v1/sessions`,
        { identity, challengeSid, expiresInSeconds: 3600 },
        { authorization: `Bearer ${credential}` },
      );
      return {
        url: `${twilio.url}/#token=${token}&challenge=${challengeSid}`,
        identity,
        challengeSid,
        token,
        pushes: async () => {
          const journal = await simulate<{ effect: string }[]>(`/journal?challengeSid=${challengeSid}`);
          return journal.filter(({ effect }) => effect === 'notification-created').length;
        },
        answer: async (status) => void (await simulate(`/challenges/${challengeSid}/respond`, { status })),
      };
    },
    close: () => all.disposeAsync(),
  };
}
