import { setTimeout as sleep } from 'node:timers/promises';
import { internal, look, raw, request, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { act, answerTo, ask, begin, login } from '../steps.js';

const USER = '/identities/<identity>';
const RESEND = `POST ${USER}/challenges/<challenge>/notifications`;

/** Nobody listens on this port: it is the one that is reserved for that. */
const NOWHERE = 'http://127.0.0.1:1';
const JWT = `${base64url({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${base64url({ sub: 'somebody-0001' })}.AAAA`;

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The event of the login is written after its answer: it must not be lost with Redis. */
const sessionIsAudited = act(async (scene) => {
  const path = `/internal/v1/audit-events?identity=${scene.value('identity')}`;
  const events = () => scene.rig.ops.get(path).set('authorization', `Bearer ${scene.value('key: desk')}`);
  while ((await events().expect(200)).body.events.length === 0);
});

/** Redis can not be reached any more; nothing can be played after it. */
export const withoutRedis: readonly Scenario[] = [
  {
    name: 'Redis is lost',
    steps: [
      login(),
      ask('ready with it', request('private', 'GET /readyz')),
      sessionIsAudited,
      act(async ({ running }) => running.redis?.way.close()),
      act(() => sleep(150)), // longer than a check of Redis is shared
      ask('ready', request('private', 'GET /readyz')),
      ask('alive', request('private', 'GET /livez')),
      ask('a tap', tap()),
      ask('a look', look()),
      ask('a tap without a session', request('public', 'POST /v1/challenges/<challenge>/notifications')),
      ask('a resend on behalf', internal(RESEND)),
      ask('a dry run', internal(RESEND, { body: { dryRun: true } })),
      ask('the state', internal(`GET ${USER}/resend-state`)),
      ask('a reset', internal(`POST ${USER}/resets`, { body: { reason: 'verified' } })),
      ask('a block', internal(`PUT ${USER}/block`, { body: { reason: 'push bombing', expiresInSeconds: 60 } })),
      ask('the end of a block', internal(`DELETE ${USER}/block`)),
      ask('the pause', internal('GET /pause')),
      ask('the end of a pause', internal('PUT /pause', { body: { paused: false, reason: 'over' } })),
      ask('a pause', internal('PUT /pause', { body: { paused: true, reason: 'incident', expiresInSeconds: 1 } })),
      ask('the events', internal('GET /audit-events')),
      ask('a session', internal('POST /sessions', { body: { identity: 'somebody-0001', expiresInSeconds: 60 } })),
      ask('the end of a session', internal('DELETE /sessions/<session>')),
    ],
  },
];

export const INTROSPECTION = {
  SESSION_STRATEGY: 'introspection',
  SESSION_INTROSPECTION_URL: `${NOWHERE}/introspect`,
  SESSION_INTROSPECTION_CLIENT_ID: 'resend',
  SESSION_INTROSPECTION_CLIENT_SECRET: 'secret',
};
export const JWTS = {
  SESSION_STRATEGY: 'jwt',
  SESSION_JWT_JWKS_URL: `${NOWHERE}/keys`,
  SESSION_JWT_ISSUER: 'https://issuer.example.com',
  SESSION_JWT_AUDIENCE: 'resend',
  INTERNAL_JWT_JWKS_URL: `${NOWHERE}/keys`,
  INTERNAL_JWT_ISSUER: 'https://issuer.example.com',
  INTERNAL_JWT_AUDIENCE: 'resend-internal',
};

/** An identity provider that can not be reached. */
export const withoutProvider: readonly Scenario[] = [
  {
    name: 'the identity provider can not be reached',
    steps: [
      ask(
        'a token',
        request('public', `GET /v1/challenges/YC${'0'.repeat(32)}`, { headers: { Authorization: `Bearer ${JWT}` } }),
      ),
      ask('no token', request('public', `GET /v1/challenges/YC${'0'.repeat(32)}`)),
      ask('a token on the private port', internal('GET /pause', { headers: { Authorization: `Bearer ${JWT}` } })),
      ask('registration of a session', internal('POST /sessions', { body: {} })),
    ],
  },
];

export const STRICT = { THROTTLE_SESSION_PER_MINUTE: '2', THROTTLE_ADDRESS_PER_MINUTE: '4' };

/** More taps and looks than a session, and then an address, may make. */
export const throttled: readonly Scenario[] = [
  {
    name: 'too many requests',
    steps: [
      login({ ageSeconds: 5 }),
      ...[1, 2, 3].map((count) => ask(`tap ${count} of a session`, tap())),
      login({ ageSeconds: 5 }),
      ...[1, 2].map((count) => ask(`tap ${count} of another session, from the same address`, tap())),
      ask('a tap without a session', request('public', 'POST /v1/challenges/<challenge>/notifications')),
      ...Array.from({ length: 21 }, (_, at) => ask(`look ${at + 1}`, look())),
      ask('a tap on behalf', internal(RESEND)),
      ask('nothing there', request('public', 'GET /nothing')),
    ],
  },
];

const HALF = 'HTTP/1.1\r\nHost: push-resend.test\r\n';

/** Clients that do not finish: all at once, as each takes seconds. */
export const slowClients: readonly Scenario[] = [
  {
    name: 'clients that never finish',
    steps: [
      login(),
      ...(['public', 'private'] as const).flatMap((port) => [
        begin(`half a head (${port})`, raw(port, `GET /livez ${HALF}`)),
        begin(`half a line (${port})`, raw(port, 'GET /')),
        begin(
          `half a body (${port})`,
          raw(port, `POST /nothing ${HALF}Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{`),
        ),
      ]),
      begin(
        'half a body of a tap',
        raw(
          'public',
          `POST /v1/challenges/<challenge>/notifications ${HALF}Authorization: Bearer <token>\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{`,
        ),
      ),
      ...(['public', 'private'] as const).flatMap((port) => [
        answerTo(`half a head (${port})`),
        answerTo(`half a line (${port})`),
        answerTo(`half a body (${port})`),
      ]),
      answerTo('half a body of a tap'),
    ],
  },
];
