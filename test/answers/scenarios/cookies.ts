import { randomBytes } from 'node:crypto';
import { sign } from 'cookie-signature';
import { internal, type Message, type Parts, request } from '../message.js';
import type { Scenario, Step } from '../scene.js';
import { act, ask, askEach } from '../steps.js';
import { APP, preflight } from './cors.js';

const OWN = 'https://login.example.com';
const COOKIE_SECRET = 'the-secret-of-the-login-backend';
const SESSION_PREFIX = `answers:${randomBytes(6).toString('hex')}:`;

export const COOKIE_SETTINGS = {
  SESSION_STRATEGY: 'express-session',
  SESSION_COOKIE_SECRETS: `a-newer-secret-than-that-one,${COOKIE_SECRET}`,
  SESSION_STORE_PREFIX: SESSION_PREFIX,
  SESSION_STORE_IDENTITY_PATH: 'user.identity',
  SESSION_STORE_CHALLENGE_PATH: 'challengeSid',
  PUBLIC_URL: `${OWN}/resend`,
  CORS_ORIGINS: APP,
};

/** A user of an Express backend, with the cookie that it would have set: `<cookie>`. */
function webLogin(record: (user: { identity: string; challengeSid: string }) => object): Step {
  return act(async (scene) => {
    const [id, identity] = [randomBytes(12).toString('hex'), `visitor-${randomBytes(6).toString('hex')}`];
    const { challengeSid } = await scene.rig.simulate<{ challengeSid: string }>('POST', '/challenges', {
      identity,
      ageSeconds: 65,
    });
    const stored = {
      cookie: { originalMaxAge: null, httpOnly: true, path: '/' },
      ...record({ identity, challengeSid }),
    };
    await scene.running.redis?.client.set(SESSION_PREFIX + id, JSON.stringify(stored), 'EX', 600);
    scene.know('cookie', `connect.sid=${encodeURIComponent(`s:${sign(id, COOKIE_SECRET)}`)}`);
    scene.know('identity', identity);
    scene.know('challenge', challengeSid);
  });
}

const SITES: Readonly<Record<string, Record<string, string>>> = {
  'of nowhere': {},
  'of the same origin': { 'Sec-Fetch-Site': 'same-origin' },
  'of the same site': { 'Sec-Fetch-Site': 'same-site' },
  'of another site': { 'Sec-Fetch-Site': 'cross-site' },
  'of the address bar': { 'Sec-Fetch-Site': 'none' },
  'of an unknown kind of site': { 'Sec-Fetch-Site': 'elsewhere' },
  'of our own Origin': { Origin: OWN },
  'of an Origin that is allowed': { Origin: APP },
  'of another Origin': { Origin: 'https://elsewhere.test' },
  'of the Origin null': { Origin: 'null' },
  'of an Origin that is allowed, from another site': { Origin: APP, 'Sec-Fetch-Site': 'cross-site' },
  'of our own Origin, from another site': { Origin: OWN, 'Sec-Fetch-Site': 'cross-site' },
};
const TAP = 'POST /v1/challenges/<challenge>/notifications';
const byCookie = (target: string, headers: Parts['headers'] = {}): Message =>
  request('public', target, { headers: { Cookie: '<cookie>', ...headers } });

/** Sessions of express-session. */
export const cookies: readonly Scenario[] = [
  {
    name: 'where a request with a cookie comes from',
    steps: [
      webLogin((user) => ({ user })),
      ...askEach(
        SITES,
        (headers) => byCookie('GET /v1/challenges/<challenge>', headers),
        (label) => `a look ${label}`,
      ),
      ...askEach(
        SITES,
        (headers) => byCookie(TAP, headers),
        (label) => `a tap ${label}`,
      ),
      ask('a preflight', preflight(APP)),
    ],
  },
  {
    name: 'cookies',
    steps: [
      webLogin((user) => ({ user })),
      ...askEach(
        {
          none: '',
          'another one': 'other=1',
          'another signature': 'connect.sid=s%3Aid.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
          'no signature': 'connect.sid=id',
          'a malformed escape': 'connect.sid=%zz',
          'another one before it': 'other=1; <cookie>',
          'the name twice, the first wrong': 'connect.sid=x; <cookie>',
        },
        (cookie) => byCookie('GET /v1/challenges/<challenge>', { Cookie: cookie }),
      ),
      ask(
        'a bearer token instead',
        request('public', 'GET /v1/challenges/<challenge>', { headers: { Authorization: 'Bearer x' } }),
      ),
      ask('registration of a session, which this strategy has not', internal('POST /sessions', { body: {} })),
      ask('the end of a session, which this strategy has not', internal('DELETE /sessions/<challenge>')),
    ],
  },
  ...Object.entries({
    'a session without an identity': () => ({}),
    'a session whose identity is a number': () => ({ user: { identity: 12345678 } }),
    'a session of another Challenge': ({ identity }: { identity: string }) => ({
      user: { identity },
      challengeSid: `YC${'1'.repeat(32)}`,
    }),
    'a session of this Challenge': ({ identity, challengeSid }: { identity: string; challengeSid: string }) => ({
      user: { identity },
      challengeSid,
    }),
  }).map(([name, record]) => ({
    name,
    steps: [
      webLogin(record),
      ask('a look', byCookie('GET /v1/challenges/<challenge>', { 'Sec-Fetch-Site': 'same-origin' })),
    ],
  })),
];
