import { randomUUID } from 'node:crypto';

import type { FastifyInstance } from 'fastify';

import { Input, NotHereError } from './input.js';
import { seedChallenge } from './seed.js';
import type { Twilio } from './twilio.js';

/** Where a login backend registers the sessions of its users: the internal API of the resend service. */
export interface SessionsApi {
  /** Base URL, such as `http://127.0.0.1:9090`. */
  readonly url: string;
  /** With the scope `sessions:write`. */
  readonly apiKey: string;
}

const LIFETIME_SECONDS = 540;
/** Old enough for the login screen to show only the last seconds of the first wait. */
const AGE_SECONDS = 25;
const TIMEOUT_MS = 5000;

/** `POST /_sim/logins`: what a login backend does when somebody logs in. Each login is that of a new user. */
export function registerLogins(app: FastifyInstance, twilio: Twilio, sessions: SessionsApi | undefined): void {
  app.post('/_sim/logins', async (request, reply) => {
    const input = new Input(request.body);
    const expiresInSeconds = input.integer('expiresInSeconds', 1, LIFETIME_SECONDS) ?? LIFETIME_SECONDS;
    input.end({});
    if (!sessions) throw new NotHereError('No internal API of a resend service was given to register a session at.');
    const identity = `demo-${randomUUID()}`;
    const message = 'Log in to Harbour?';
    const { challengeSid } = seedChallenge(twilio, { identity, expiresInSeconds, ageSeconds: AGE_SECONDS, message });
    const token = await register(sessions, { identity, challengeSid, expiresInSeconds: LIFETIME_SECONDS });
    if (token !== undefined) return reply.code(201).send({ challengeSid, token });
    return reply.code(502).send({ error: `The resend service at ${sessions.url} did not register a session.` });
  });
}

/** @returns the token of the session; undefined when the service did not make one */
async function register({ url, apiKey }: SessionsApi, session: object): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/internal/v1/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(session),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answer.ok ? ((await answer.json()) as { token?: string }).token : undefined;
  } catch {
    return undefined;
  }
}
