import { internal, look, request, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { act, ask, askEach, login, respond } from '../steps.js';

const RESEND = 'POST /identities/<identity>/challenges/<challenge>/notifications';
const STATE = 'GET /identities/<identity>/resend-state';
const pause = (body: unknown) => internal('PUT /pause', { body: JSON.stringify(body) });

/** The kill switch. */
export const pauses: readonly Scenario[] = [
  {
    name: 'a pause',
    steps: [
      login({ isUnbound: true }),
      ask('the pause before', internal('GET /pause')),
      ask('a pause', pause({ paused: true, reason: 'Twilio has an incident', expiresInSeconds: 595 })),
      ask('the pause', internal('GET /pause')),
      ask('a tap', tap()),
      ask('a look', look()),
      ask('a resend on behalf', internal(RESEND)),
      ask('a dry run', internal(RESEND, { body: { dryRun: true } })),
      ask('the state of a user', internal(STATE)),
      ask('a longer pause', pause({ paused: true, reason: 'longer', expiresInSeconds: 1195 })),
      respond('approved'),
      ask('a tap for what is approved', tap()),
      ask('its end', pause({ paused: false, reason: 'Twilio is well' })),
      ask('its end again', pause({ paused: false, reason: 'Twilio is well' })),
      ask('a tap after it', tap()),
      ask('its events', internal('GET /audit-events?type=pause.set&limit=2')),
      ask('the events of its end', internal('GET /audit-events?type=pause.ended')),
    ],
  },
  {
    name: 'pauses in the wrong form',
    steps: askEach(
      {
        nothing: {},
        null: null,
        'no end': { paused: true, reason: 'Twilio has an incident' },
        'no end, and no reason': { paused: true },
        'a text': { paused: 'true', reason: 'incident', expiresInSeconds: 60 },
        'more than 7 days': { paused: true, reason: 'incident', expiresInSeconds: 604_801 },
        'an end that has an end': { paused: false, reason: 'over', expiresInSeconds: 0 },
        'a credential': { paused: true, reason: 'prk_desk_', expiresInSeconds: 60 },
      },
      pause,
    ),
  },
];

/** An instance that leaves; nothing can be played after it. */
export const draining: readonly Scenario[] = [
  {
    name: 'an instance before and while it drains',
    steps: [
      login(),
      ask('alive', request('private', 'GET /livez')),
      ask('ready', request('private', 'GET /readyz')),
      ask('ready, by HEAD', request('private', 'HEAD /readyz')),
      ask('the metrics', request('private', 'GET /metrics')),
      ask(
        'the metrics as text',
        request('private', 'GET /metrics', { headers: { Accept: 'text/plain;version=0.0.4' } }),
      ),
      ask('the metrics as HTML', request('private', 'GET /metrics', { headers: { Accept: 'text/html' } })),
      ask('ready as text', request('private', 'GET /readyz', { headers: { Accept: 'text/plain' } })),
      act(async ({ rig }) => rig.drain.drain(0)),
      ask('alive while it drains', request('private', 'GET /livez')),
      ask('ready while it drains', request('private', 'GET /readyz')),
      ask('ready while it drains, by HEAD', request('private', 'HEAD /readyz')),
      ask('the metrics while it drains', request('private', 'GET /metrics')),
      ask('a tap', tap()),
      ask('a look', look()),
      ask('a look by HEAD', request('public', 'HEAD /v1/challenges/<challenge>')),
      ask('a tap without a session', request('public', 'POST /v1/challenges/<challenge>/notifications')),
      ask('what nobody serves', request('public', 'GET /nothing')),
      ask('another method', request('public', 'PUT /v1/challenges/<challenge>')),
      ask('an address that is too long', request('public', `GET /${'a'.repeat(3000)}`)),
      ask('a malformed escape', request('public', 'GET /%zz')),
      ask('HTML', request('public', 'GET /nothing', { headers: { Accept: 'text/html' } })),
      ask(
        'a preflight',
        request('public', 'OPTIONS /v1/challenges/<challenge>', {
          headers: { Origin: 'https://app.example.org', 'Access-Control-Request-Method': 'GET' },
        }),
      ),
      ask('a webhook without a signature', request('public', 'POST /webhooks/twilio/verify', { body: '{}' })),
      ask('a webhook by GET', request('public', 'GET /webhooks/twilio/verify')),
      ask('a resend on behalf', internal(RESEND)),
      ask('the state of a user', internal(STATE)),
      ask('what nobody serves on the private port', request('private', 'GET /nothing')),
      ask('a body that is no JSON', internal('POST /sessions', { body: '{' })),
    ],
  },
];
