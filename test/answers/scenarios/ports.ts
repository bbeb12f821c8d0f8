import { request } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login } from '../steps.js';
import { httpOn } from './http.js';

const PHONE = { Authorization: 'Bearer <token>' };
const DESK = { Authorization: 'Bearer <key: desk>' };

export const httpOnPublicPort = httpOn({
  port: 'public',
  path: '/v1/challenges/<challenge>',
  headers: PHONE,
  paths: { 'the button': '/v1/challenges/<challenge>/notifications', 'what is not there': '/v1/nothing' },
});

export const httpOnPrivatePort = httpOn({
  port: 'private',
  path: '/internal/v1/pause',
  headers: DESK,
  paths: {
    sessions: '/internal/v1/sessions',
    'a session': '/internal/v1/sessions/0123456789abcdef0123456789abcdef',
    'the audit events': '/internal/v1/audit-events',
    'a state': '/internal/v1/identities/somebody-0001/resend-state',
    'a block': '/internal/v1/identities/somebody-0001/block',
    'the probe': '/livez',
    'the metrics': '/metrics',
    'what is not there': '/nothing',
  },
});

const ON_PRIVATE = [
  '/livez',
  '/readyz',
  '/metrics',
  '/docs',
  '/internal/v1/pause',
  '/internal/v1/sessions',
  '/internal/v1/audit-events',
  '/internal/v1/identities/somebody-0001/resend-state',
];
const ON_PUBLIC = ['/v1/challenges/<challenge>', '/v1/challenges/<challenge>/notifications', '/webhooks/twilio/verify'];

/** Each port knows its own routes only. */
export const portsApart: readonly Scenario[] = [
  {
    name: 'what only the other port serves',
    steps: [
      login(),
      ...ON_PRIVATE.flatMap((path) => [
        ask(`${path} on the public port`, request('public', `GET ${path}`, { headers: DESK })),
        ask(`${path} on the public port by POST`, request('public', `POST ${path}`, { headers: DESK, body: '{' })),
      ]),
      ...askEach(
        {
          'another Host': ['/internal/v1/pause', { Host: 'localhost:9090' }],
          'a forwarded port': ['/internal/v1/pause', { 'X-Forwarded-Port': '9090', 'X-Forwarded-Host': 'internal' }],
          'two slashes': ['//internal/v1/pause', {}],
          'a letter escaped': ['/%69nternal/v1/pause', {}],
          'dots that climb': ['/v1/../internal/v1/pause', {}],
        },
        ([path, headers]: readonly [string, Record<string, string>]) =>
          request('public', `GET ${path}`, { headers: { ...DESK, ...headers } }),
        (label) => `the pause on the public port with ${label}`,
      ),
      ...ON_PUBLIC.flatMap((path) => [
        ask(`${path} on the private port`, request('private', `GET ${path}`, { headers: PHONE })),
        ask(`${path} on the private port by POST`, request('private', `POST ${path}`, { headers: PHONE, body: '{' })),
      ]),
      ask('a Challenge SID that is too short', request('public', 'GET /v1/challenges/YC123', { headers: PHONE })),
      ask(
        'a Challenge SID of other letters',
        request('public', `GET /v1/challenges/YC${'g'.repeat(32)}`, { headers: PHONE }),
      ),
      ask(
        'a Challenge SID with a zero byte',
        request('public', `GET /v1/challenges/YC${'0'.repeat(32)}%00`, { headers: PHONE }),
      ),
      ask('a Challenge SID that climbs', request('public', 'GET /v1/challenges/%2e%2e', { headers: PHONE })),
      ask(
        'a Challenge SID of 100 characters',
        request('public', `GET /v1/challenges/${'a'.repeat(100)}`, { headers: PHONE }),
      ),
      ask(
        'a Challenge SID of 101 characters',
        request('public', `GET /v1/challenges/${'a'.repeat(101)}`, { headers: PHONE }),
      ),
      ask(
        'an identity of 101 characters',
        request('private', `GET /internal/v1/identities/${'a'.repeat(101)}/resend-state`, { headers: DESK }),
      ),
    ],
  },
];
