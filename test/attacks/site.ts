import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import type { RunningSimulator } from '../../apps/simulator/src/simulator.ts';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { ServiceProcess } from '../process/service-process.ts';

const DEPLOYMENT = readFileSync(new URL('../../ops/kubernetes/base/deployment.yaml', import.meta.url), 'utf8');
const [, NODE_OPTIONS = ''] = /NODE_OPTIONS, value: "([^"]*)"/.exec(DEPLOYMENT) ?? [];
const FAKE_TWILIO = new URL('../bench/fake-twilio.ts', import.meta.url);
const LIVES_AT_MOST_MS = 600_000;
/** The rest of the settings are as shipped. */
const UNTHROTTLED = { THROTTLE_SESSION_PER_MINUTE: '100000', THROTTLE_ADDRESS_PER_MINUTE: '100000' };

export interface Screen {
  readonly challengeSid: string;
  readonly authorization: string;
}

export interface Answer {
  /** 0 if there was none. */
  readonly status: number;
  /** In seconds; NaN where the answer does not say. */
  readonly retryAfter: number;
  /** Until its last byte, in milliseconds. */
  readonly ms: number;
}

export interface Heard extends Answer {
  /** All headers and the body, without what every answer has of its own. */
  readonly text: string;
}

export interface SiteOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** A running simulator; without it a fake Twilio is started, a process of its own, which knows every Challenge as pending. */
  readonly twilio?: RunningSimulator;
  /** How long the fake Twilio takes for each answer, in milliseconds. */
  readonly twilioMs?: number;
}

/**
 * The built service as the manifests run it, with their heap, and clients that know it. Without Redis: what is attacked is
 * the process.
 */
export class Site {
  private users = 0;
  private scrapes = 0;

  private constructor(
    readonly service: ServiceProcess,
    private readonly credential: string,
    private readonly api: Pool,
    private readonly ops: Pool,
    private readonly stopOthers: () => void,
  ) {}

  static async start(main: string, { settings = {}, twilio, twilioMs = 0 }: SiteOptions = {}): Promise<Site> {
    const directory = mkdtempSync(join(tmpdir(), 'push-resend-site-'));
    const { credential, record } = newApiKey('login-backend', ['sessions:write']);
    writeFileSync(join(directory, 'keys.json'), JSON.stringify([record]));
    const fake = twilio ? undefined : fork(FAKE_TWILIO, { env: { DELAY_MS: String(twilioMs) } });
    const url = twilio?.url ?? `http://127.0.0.1:${fake && (await once(fake, 'message')).at(0)}`;
    const environment = {
      NODE_OPTIONS,
      TWILIO_BASE_URL: url,
      TWILIO_ACCOUNT_SID: twilio?.accountSid ?? `AC${'0'.repeat(32)}`,
      TWILIO_API_KEY_SID: twilio?.apiKeySid ?? `SK${'0'.repeat(32)}`,
      TWILIO_API_KEY_SECRET: twilio?.apiKeySecret ?? 'secret',
      TWILIO_VERIFY_SERVICE_SID: twilio?.serviceSid ?? `VA${'0'.repeat(32)}`,
      INTERNAL_API_KEYS_FILE: join(directory, 'keys.json'),
      ...UNTHROTTLED,
      ...settings,
    };
    const service = await ServiceProcess.start(main, environment, LIVES_AT_MOST_MS);
    const api = new Pool(`http://127.0.0.1:${service.publicPort}`, { connections: 32 });
    const ops = new Pool(`http://127.0.0.1:${service.privatePort}`, { connections: 4 });
    return new Site(service, credential, api, ops, () => {
      fake?.kill();
      rmSync(directory, { recursive: true, force: true });
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.destroy(), this.ops.destroy()]);
    await this.service.remove();
    this.stopOthers();
  }

  /** Somebody new, with a Challenge of their own. */
  async screen(identity = `user-${++this.users}-of-attacks`): Promise<Screen> {
    const { statusCode, body } = await this.ops.request({
      method: 'POST',
      path: '/internal/v1/sessions',
      headers: { authorization: `Bearer ${this.credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ identity, expiresInSeconds: 600 }),
    });
    const { token } = (await body.json()) as { token: string };
    if (statusCode !== 201) throw new Error(`a session was answered ${statusCode}`);
    const challengeSid = `YC${String(this.users).padStart(32, '0')}`;
    return { challengeSid, authorization: `Bearer ${token}` };
  }

  look({ challengeSid, authorization }: Screen): Promise<Heard> {
    return timed(this.api, 'GET', `/v1/challenges/${challengeSid}`, { authorization });
  }

  tap({ challengeSid, authorization }: Screen): Promise<Heard> {
    return timed(this.api, 'POST', `/v1/challenges/${challengeSid}/notifications`, { authorization });
  }

  livez(): Promise<Heard> {
    return timed(this.ops, 'GET', '/livez');
  }

  /** Requests of a port that were answered or turned away so far, but for `/metrics` asked here. */
  async answered(surface: 'public' | 'private'): Promise<number> {
    const { body } = await this.ops.request({ method: 'GET', path: '/metrics' });
    const series = ['request_duration_seconds_count', 'turned_away_total'].map(
      (name) => `push_resend_http_${name}{surface="${surface}",`,
    );
    const lines = (await body.text()).split('\n').filter((line) => series.some((one) => line.startsWith(one)));
    const counts = lines.map((line) => Number(line.split(' ').at(-1)));
    const own = surface === 'private' ? this.scrapes++ : 0;
    return counts.reduce((sum, count) => sum + count, 0) - own;
  }
}

async function timed(pool: Pool, method: 'GET' | 'POST', path: string, sent = {}): Promise<Heard> {
  const askedAt = performance.now();
  const { statusCode: status, body, headers } = await pool.request({ method, path, headers: sent });
  const json = await body.text();
  const ms = performance.now() - askedAt;
  const { date: _date, 'request-id': requestId, ...common } = headers;
  const text = `${JSON.stringify(common)} ${json.replaceAll(String(requestId), '…')}`;
  return { status, retryAfter: Number(headers['retry-after']), ms, text };
}
