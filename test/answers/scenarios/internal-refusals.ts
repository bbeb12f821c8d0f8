import { internal, request } from '../message.js';
import type { Scenario } from '../scene.js';
import { askEach, ask, login } from '../steps.js';

const USER = '/identities/<identity>';
const RESEND = `POST ${USER}/challenges/<challenge>/notifications`;
const CASE = { reason: 'identity verified by phone', reference: 'case-1' };

/** Keys that may not do everything. */
export const CONSUMER_KEYS = {
  fraud: { scopes: ['notifications:write'] },
  reader: { scopes: ['state:read'] },
  old: { scopes: ['state:read'], expiresAt: '2020-01-01T00:00:00Z' },
};

/** What the internal API refuses whoever the user is. */
export const internalRefusals: readonly Scenario[] = [
  {
    name: 'words in the wrong form',
    steps: [
      login(),
      ...askEach(
        {
          'a reset without a reason': ['POST', 'resets', {}],
          'a reset with a reason of two letters': ['POST', 'resets', { reason: 'no' }],
          'a reset with a reason of two lines': ['POST', 'resets', { reason: 'two\nlines' }],
          'a reset with a reason of 281 letters': ['POST', 'resets', { reason: 'a'.repeat(281) }],
          'a reset with a reference of blanks': ['POST', 'resets', { ...CASE, reference: 'case 1' }],
          'a reset that names the user': ['POST', 'resets', { reason: '<identity>', reference: '<identity>' }],
          'a reset with a JWT': ['POST', 'resets', { reason: 'has eyJhbGciOi' }],
          'a block without an end': ['PUT', 'block', { reason: 'push bombing' }],
          'a block of 91 days': ['PUT', 'block', { reason: 'push bombing', expiresInSeconds: 7_862_400 }],
          'a block that names the user': ['PUT', 'block', { reason: 'of <identity>', expiresInSeconds: 60 }],
          'the end of a block for a reason that is a number': ['DELETE', 'block', { reason: 1 }],
          'the end of a block as an array': ['DELETE', 'block', []],
        } as const,
        ([method, what, body]) => internal(`${method} ${USER}/${what}`, { body }),
      ),
      ...askEach(
        {
          unknown: '?unknown=1',
          'a type that is none': '?type=resend.refused',
          'a limit of 0': '?limit=0',
          'a limit of 201': '?limit=201',
          'an empty limit': '?limit=',
          'two limits': '?limit=1&limit=2',
          'an identity that is too short': '?identity=short',
          'two identities': '?identity=somebody-0001&identity=somebody-0002',
          'a place that is none': '?before=yesterday',
          'a constructor': '?constructor=1',
          'a __proto__': '?__proto__=1',
          'a limit in brackets': '?limit[a]=1',
          'nobody’s': '?identity=nobody-0001',
        },
        (query) => internal(`GET /audit-events${query}`),
        (label) => `events by ${label}`,
      ),
    ],
  },
  {
    name: 'credentials of consumers',
    steps: [
      login(),
      ...askEach(
        {
          none: {},
          'another scheme': { Authorization: 'Basic dTpw' },
          'a key of nobody': { Authorization: `Bearer prk_nobody_${'A'.repeat(43)}` },
          'another secret': { Authorization: `Bearer prk_desk_${'A'.repeat(43)}` },
          'a key that is over': { Authorization: 'Bearer <key: old>' },
          'the session of a phone': { Authorization: 'Bearer <token>' },
          'a JWT': { Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.x' },
          'too little scope': { Authorization: 'Bearer <key: login-backend>' },
        },
        (headers: Record<string, string>) => request('private', `GET /internal/v1${USER}/resend-state`, { headers }),
      ),
      ...askEach(
        {
          sessions: 'POST /sessions',
          'the end of a session': 'DELETE /sessions/<session>',
          'a resend': RESEND,
          'a reset': `POST ${USER}/resets`,
          'a block': `PUT ${USER}/block`,
          'the end of a block': `DELETE ${USER}/block`,
          events: 'GET /audit-events',
          'the pause': 'GET /pause',
          'a new pause': 'PUT /pause',
        },
        (target) => internal(target, { headers: { Authorization: 'Bearer <key: reader>' }, body: '{}' }),
        (label) => `too little scope for ${label}`,
      ),
      ask('a body that is no JSON, without a key', request('private', 'POST /internal/v1/sessions', { body: '{' })),
    ],
  },
];
