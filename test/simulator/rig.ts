import twilio from 'twilio';

import { Simulator, type RunningSimulator, type SimulatorOptions } from '../../apps/simulator/src/simulator.js';

/** A request as the journal tells it. */
export interface Journaled {
  method: string;
  path: string;
  operation: string | null;
  principal: string | null;
  body: string;
  socket: number;
  status: number | null;
  code?: number;
  effect: string;
  fault: string | null;
  warnings: string[];
}

/** A push as the phone tells it. */
export interface Pushed {
  challengeSid: string;
  source: 'automatic' | 'notification';
  ttlSeconds: number;
  state: string;
  dropReason: string | null;
  deliveredAt: string | null;
  useless: boolean | null;
}

export interface Phone {
  online: boolean;
  platform: string;
  alerts: number;
  rows: number;
  useless: number;
  storeDiscards: number;
  pushes: Pushed[];
}

export interface Seeded {
  serviceSid: string;
  identity: string;
  challengeSid: string;
}

/** A running simulator under a clock that only moves when told to. */
export class Rig {
  private constructor(
    private readonly simulator: Simulator,
    readonly running: RunningSimulator,
  ) {}

  /** 2026-03-02T10:00:00Z, on a whole second unless a test says otherwise. */
  static async start(options: SimulatorOptions = {}): Promise<Rig> {
    const simulator = new Simulator();
    const startedAt = Date.parse('2026-03-02T10:00:00Z');
    const running = await simulator.start({ port: 0, now: () => startedAt, ...options });
    return new Rig(simulator, running);
  }

  stop(): Promise<void> {
    return this.simulator.stop();
  }

  get url(): string {
    return this.running.url;
  }

  /** The official SDK, signed in with the API key. */
  sdk(options: { autoRetry?: boolean; timeout?: number } = {}) {
    const { apiKeySid, apiKeySecret, accountSid } = this.running;
    const client = twilio(apiKeySid, apiKeySecret, { accountSid, ...options });
    client.verify.baseUrl = this.url;
    return client;
  }

  /** The SDK's view of a Challenge. */
  challenge(at: Seeded, options: { autoRetry?: boolean; timeout?: number } = {}) {
    return this.sdk(options).verify.v2.services(at.serviceSid).entities(at.identity).challenges(at.challengeSid);
  }

  /** Twilio's side over plain HTTP, signed in with the API key. */
  http(
    path: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { authorization: this.basic, ...init.headers } });
  }

  get basic(): string {
    return `Basic ${Buffer.from(`${this.running.apiKeySid}:${this.running.apiKeySecret}`).toString('base64')}`;
  }

  path(at: Seeded): string {
    return `/v2/Services/${at.serviceSid}/Entities/${at.identity}/Challenges/${at.challengeSid}`;
  }

  fetchChallenge(at: Seeded): Promise<Response> {
    return this.http(this.path(at));
  }

  resend(at: Seeded, body?: string): Promise<Response> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.http(`${this.path(at)}/Notifications`, { method: 'POST', headers, body: body ?? '' });
  }

  /** A control call that has to succeed. */
  async sim<T = unknown>(path: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<T> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const answer = await fetch(`${this.url}/_sim${path}`, init);
    const json: unknown = await answer.json();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(json)}`);
    return json as T;
  }

  seed(fields: Record<string, unknown> = {}): Promise<Seeded> {
    return this.sim('/challenges', { identity: 'user-0001', ...fields });
  }

  advance(seconds: number): Promise<unknown> {
    return this.sim('/clock', { advanceSeconds: seconds });
  }

  switch(switches: Record<string, unknown>): Promise<unknown> {
    return this.sim('/switches', switches);
  }

  fault(
    operation: 'fetchChallenge' | 'createNotification',
    kind: string,
    more: Record<string, unknown> = {},
  ): Promise<unknown> {
    return this.sim('/faults', { operation, kind, ...more });
  }

  phone(identity = 'user-0001'): Promise<Phone> {
    return this.sim(`/devices/${identity}`);
  }

  journal(): Promise<Journaled[]> {
    return this.sim('/journal');
  }

  async lastRequest(): Promise<Journaled> {
    const last = (await this.journal()).at(-1);
    if (!last) throw new Error('Nothing reached the simulator.');
    return last;
  }
}

/** Twilio's code in an error answer. */
export async function codeOf(answer: Response): Promise<number | undefined> {
  const { code } = (await answer.json()) as { code?: number };
  return code;
}

/** What a call of the SDK failed with. @throws when it succeeded */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ status?: number; code?: number | string; message: string }> {
  try {
    await call;
  } catch (error) {
    return error as { status?: number; code?: number | string; message: string };
  }
  throw new Error('The call succeeded.');
}
