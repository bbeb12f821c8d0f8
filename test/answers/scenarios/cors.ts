import { internal, type Parts, request } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login } from '../steps.js';

/** A page of another site that the settings name. */
export const APP = 'https://app.example.org';
export const CORS_SETTINGS = { CORS_ORIGINS: `${APP},http://localhost:5173` };

const ORIGINS: Readonly<Record<string, string>> = {
  'that is allowed': APP,
  'that is allowed as well': 'http://localhost:5173',
  'of somebody else': 'https://elsewhere.test',
  'of a name that begins like it': `${APP}.elsewhere.test`,
  'of another port': `${APP}:8443`,
  'in upper case': APP.toUpperCase(),
  'with a slash': `${APP}/`,
  'of a file': 'null',
  'of anybody': '*',
  'of nobody': '',
  'of two sites': `${APP}, https://elsewhere.test`,
};

export const preflight = (origin: string, method = 'POST', more: Parts['headers'] = {}) =>
  request('public', 'OPTIONS /v1/challenges/<challenge>/notifications', {
    headers: { Origin: origin, 'Access-Control-Request-Method': method, ...more },
  });
const from = (origin: string, target: string, parts: Parts = {}) =>
  request('public', target, {
    ...parts,
    headers: { Origin: origin, Authorization: 'Bearer <token>', ...parts.headers },
  });

/** Pages of other origins, by bearer token. */
export const cors: readonly Scenario[] = [
  {
    name: 'preflights',
    steps: [
      login(),
      ...askEach(
        ORIGINS,
        (origin) => preflight(origin),
        (label) => `of an origin ${label}`,
      ),
      ask('for another method', preflight(APP, 'DELETE')),
      ask('for headers', preflight(APP, 'POST', { 'Access-Control-Request-Headers': 'authorization,x-other' })),
      ask('for a private network', preflight(APP, 'POST', { 'Access-Control-Request-Private-Network': 'true' })),
      ask(
        'that asks for no method',
        request('public', 'OPTIONS /v1/challenges/<challenge>', { headers: { Origin: APP } }),
      ),
      ask(
        'for what nobody serves',
        request('public', 'OPTIONS /nothing', { headers: { Origin: APP, 'Access-Control-Request-Method': 'GET' } }),
      ),
      ask(
        'for an address that is malformed',
        request('public', 'OPTIONS /%zz', { headers: { Origin: APP, 'Access-Control-Request-Method': 'GET' } }),
      ),
      ask('that wants HTML', preflight(APP, 'POST', { Accept: 'text/html' })),
      ask('with an empty Host', preflight(APP, 'POST', { Host: '' })),
      ask(
        'on the private port',
        request('private', 'OPTIONS /internal/v1/pause', {
          headers: { Origin: APP, 'Access-Control-Request-Method': 'GET' },
        }),
      ),
    ],
  },
  {
    name: 'answers that a page may read',
    steps: [
      login(),
      ...askEach(
        ORIGINS,
        (origin) => from(origin, 'GET /v1/challenges/<challenge>'),
        (label) => `a look of an origin ${label}`,
      ),
      ask('a tap', from(APP, 'POST /v1/challenges/<challenge>/notifications')),
      ask('a second tap', from(APP, 'POST /v1/challenges/<challenge>/notifications')),
      ask('no session', from(APP, 'GET /v1/challenges/<challenge>', { headers: { Authorization: '' } })),
      ask('nothing there', from(APP, 'GET /nothing')),
      ask('another method', from(APP, 'PUT /v1/challenges/<challenge>')),
      ask('HTML', from(APP, 'GET /nothing', { headers: { Accept: 'text/html' } })),
      ask('a body that is no JSON', from(APP, 'POST /v1/challenges/<challenge>/notifications', { body: '{' })),
      ask(
        'a body of text',
        from(APP, 'POST /v1/challenges/<challenge>/notifications', {
          body: 'x',
          headers: { 'Content-Type': 'text/plain' },
        }),
      ),
      ask(
        'a body that is too large',
        from(APP, 'POST /v1/challenges/<challenge>/notifications', { body: 'a'.repeat(5000) }),
      ),
      ask('an address that is too long', from(APP, `GET /${'x'.repeat(3000)}`)),
      ask('a Challenge SID that is too long', from(APP, `GET /v1/challenges/${'x'.repeat(200)}`)),
      ask('a malformed escape', from(APP, 'GET /%zz')),
      ask('the private port', internal('GET /pause', { headers: { Origin: APP } })),
    ],
  },
];
