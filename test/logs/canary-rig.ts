import type { Tracing } from '@telemetry/tracing/tracing.js';
import { type Rig, type Screen, startRig, type WantedKeys } from '../support/rig.js';
import { Canaries, CANARY } from './canaries.js';

/** The secret half of a token or an API key: 256 bits in base64url. */
export const SECRET_LENGTH = 43;

export const HASH_SECRET = `${CANARY} of the identity hash, with 32 letters`;

/** What a request may carry besides its credential. */
export const HEADERS = {
  'idempotency-key': `${CANARY}-of-a-press`,
  cookie: `connect.sid=s%3A${CANARY}.of%2Fa%2Bcookie`,
  'user-agent': `${CANARY} of a browser`,
  'x-forwarded-for': `${CANARY}.example`,
  referer: `https://login.example.com/?token=${CANARY}`,
  tracestate: `vendor=${CANARY}`,
};

interface Answer {
  readonly status: number;
  readonly headers?: object;
  readonly text: string;
}

/** A service, and everything that it must keep to itself. */
export interface CanaryRig {
  readonly rig: Rig;
  readonly canaries: Canaries;
  /** A login screen whose user and token are canaries. */
  readonly somebody: () => Promise<Screen>;
  /** Listens to an answer. @returns its status */
  readonly heard: (answer: Answer) => number;
}

let people = 0;

export async function startCanaryRig(
  environment: Record<string, string> = {},
  wanted: WantedKeys = {},
  tracing?: Tracing,
): Promise<CanaryRig> {
  const rig = await startRig({ IDENTITY_HASH_SECRET: HASH_SECRET, ...environment }, wanted, tracing);
  const canaries = new Canaries();
  const addToken = (what: string, token: string) => {
    canaries.add(what, token);
    canaries.add(what, token.slice(-SECRET_LENGTH));
  };
  const twilio = await rig.simulate<Record<string, string>>('GET', '');
  for (const name of ['accountSid', 'authToken', 'apiKeySid', 'apiKeySecret', 'serviceSid']) {
    canaries.add(name, twilio[name] ?? '');
  }
  for (const [name, value] of Object.entries({ HASH_SECRET, ...environment })) {
    if (value.includes(CANARY)) canaries.add(name, value);
  }
  for (const key of [rig.apiKey, ...Object.values(rig.apiKeys)]) addToken('an API key', key);

  return {
    rig,
    canaries,
    somebody: async () => {
      const screen = await rig.login({ identity: `${CANARY}-${++people}-of-redaction` });
      canaries.add('an identity', screen.identity);
      addToken('a token', screen.token);
      return screen;
    },
    heard: ({ status, headers, text }) => {
      canaries.mustNotSing(`${JSON.stringify(headers)} ${text}`, 'an answer');
      return status;
    },
  };
}
