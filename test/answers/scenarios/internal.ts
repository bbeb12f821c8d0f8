import { internal, look, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login, nextChallenge, respond, wait } from '../steps.js';

const USER = '/identities/<identity>';
const RESEND = `POST ${USER}/challenges/<challenge>/notifications`;
const CASE = { reason: 'identity verified by phone', reference: 'case-1' };

const state = internal(`GET ${USER}/resend-state`);
const events = (query = '') => internal(`GET /audit-events?identity=<identity>${query}`);
const dryRun = (body: object = {}) => internal(RESEND, { body: { dryRun: true, ...body } });
const withKey = (key: string, body?: object) =>
  internal(RESEND, { headers: { 'Idempotency-Key': key }, ...(body && { body }) });

/** What login backends, support and the fraud team call. */
export const internalCalls: readonly Scenario[] = [
  {
    name: 'sessions',
    steps: [
      ask(
        'a session for any Challenge of the user',
        internal('POST /sessions', { body: { identity: 'somebody-0001', expiresInSeconds: 60 } }),
      ),
      login(),
      ask(
        'a session for one Challenge',
        internal('POST /sessions', {
          body: { identity: 'somebody-0001', challengeSid: '<challenge>', expiresInSeconds: 86_400 },
        }),
        { 'new token': 'token', 'new session': 'id' },
      ),
      ask('its end', internal('DELETE /sessions/<new session>')),
      ask('its end again', internal('DELETE /sessions/<new session>')),
      ask('the end of the session of the login', internal('DELETE /sessions/<session>')),
      ask('a look with the token of that session', look()),
      ask('the end of no session', internal('DELETE /sessions/nobody')),
      ask('the end of a session with a body', internal('DELETE /sessions/<session>', { body: { reason: 'over' } })),
      ...askEach(
        {
          'without anything': {},
          'without an end': { identity: 'somebody-0001' },
          'with everything wrong': { identity: 'short', challengeSid: 'nope', expiresInSeconds: '60', extra: 1 },
          'of an identity in the wrong form': { identity: 'a/../../b', expiresInSeconds: 60 },
          'of a number': { identity: 12345678, expiresInSeconds: 60 },
          'of 0 seconds': { identity: 'somebody-0001', expiresInSeconds: 0 },
          'of 86,401 seconds': { identity: 'somebody-0001', expiresInSeconds: 86_401 },
          'for a Challenge of null': { identity: 'somebody-0001', challengeSid: null, expiresInSeconds: 60 },
        },
        (body: object) => internal('POST /sessions', { body }),
        (label) => `a session ${label}`,
      ),
      ask(
        'a session as a form',
        internal('POST /sessions', { body: 'identity=x', headers: { 'Content-Type': 'text/plain' } }),
      ),
    ],
  },
  {
    name: 'a resend on behalf, and dry runs',
    steps: [
      login(),
      ask('a dry run before anything', dryRun()),
      ask('a resend with a key, a ttl and a reason', withKey('desk-0001', { ttl: 20, reason: 'caller on the phone' })),
      ask('the same again', withKey('desk-0001', { ttl: 20, reason: 'caller on the phone' })),
      ask('the same key with another body', withKey('desk-0001', { ttl: 30 })),
      ask('the same key by the phone', tap({ key: 'desk-0001' })),
      ask(
        'the same key of another consumer',
        internal(RESEND, { headers: { Authorization: 'Bearer <key: fraud>', 'Idempotency-Key': 'desk-0001' } }),
      ),
      wait(5),
      ask('the same again, five seconds later', withKey('desk-0001', { ttl: 20, reason: 'caller on the phone' })),
      ask('the same key by the phone, five seconds later', tap({ key: 'desk-0001' })),
      ask('a dry run in the cooldown', dryRun({ ttl: 20, reason: 'only to see' })),
      ask('a resend in the cooldown', internal(RESEND)),
      ask('a key in the wrong form', withKey('short')),
      ask('a reason that names the user', internal(RESEND, { body: { reason: 'for <identity>' } })),
      ask('a reason with a credential', internal(RESEND, { body: { reason: 'with prs_0' } })),
      ask('a dry run that is a text', internal(RESEND, { body: { dryRun: 'true', ttl: '1', reason: 'x' } })),
      ask('an unknown Challenge', internal(`POST ${USER}/challenges/YC${'0'.repeat(32)}/notifications`)),
      ask('a path in the wrong form', internal('POST /identities/short/challenges/nope/notifications', { body: '{' })),
      ask(
        'a path in the wrong form, with a good body',
        internal('POST /identities/short/challenges/nope/notifications'),
      ),
    ],
  },
  {
    name: 'a dry run of every end',
    steps: [
      login({ isUnbound: true }),
      nextChallenge({ factorType: 'totp' }),
      ask('no push factor', dryRun()),
      nextChallenge({ ageSeconds: 700, expiresInSeconds: 900 }),
      ask('too old', dryRun()),
      nextChallenge({ ageSeconds: 5 }),
      ask('the automatic push a moment ago', dryRun()),
      nextChallenge(),
      respond('approved'),
      ask('approved', dryRun()),
      nextChallenge(),
      respond('denied'),
      ask('denied', dryRun()),
      ask('a tap for what is denied', tap()),
      nextChallenge(),
      ask('held', dryRun()),
    ],
  },
  {
    name: 'the state of a user, and what support does about it',
    steps: [
      login(),
      ask('the state of a user of whom nothing is known', state),
      ask('a tap', tap()),
      ask('the state after it', state),
      wait(65),
      respond('denied'),
      ask('a tap after the denial', tap()),
      ask('the state in the hold', state),
      ask('a reset', internal(`POST ${USER}/resets`, { body: CASE })),
      ask('a reset of what is reset', internal(`POST ${USER}/resets`, { body: { reason: 'once more' } })),
      ask('the state after the reset', state),
      ask('the events of this user', events()),
      ask('the newest two', events('&limit=2'), { place: 'before' }),
      ask('the two before', events('&limit=2&before=<place>')),
      ask('one type', events('&type=limits.reset')),
    ],
  },
  {
    name: 'a block, as both ports see it',
    steps: [
      login(),
      ask('a block', internal(`PUT ${USER}/block`, { body: { reason: 'push bombing', expiresInSeconds: 3595 } })),
      ask('a tap', tap()),
      ask('a tap with a key', tap({ key: 'press-0001' })),
      ask('a look', look()),
      ask('a resend on behalf', internal(RESEND)),
      ask('a dry run', dryRun()),
      ask('the state', state),
      ask('a reset, which ends no block', internal(`POST ${USER}/resets`, { body: CASE })),
      ask('a longer block', internal(`PUT ${USER}/block`, { body: { reason: 'still', expiresInSeconds: 7195 } })),
      ask('the end of the block', internal(`DELETE ${USER}/block`, { body: { reason: 'mistaken' } })),
      ask('the end of no block', internal(`DELETE ${USER}/block`)),
      ask('a tap after it', tap()),
      ask('the events', events()),
    ],
  },
  {
    name: 'a block of a user whose push was sent',
    steps: [
      login(),
      ask('a tap', tap({ key: 'press-0001' })),
      ask('a block', internal(`PUT ${USER}/block`, { body: { reason: 'push bombing', expiresInSeconds: 3595 } })),
      ask('the same tap again', tap({ key: 'press-0001' })),
      ask('the second tap of a double tap', tap()),
    ],
  },
];
