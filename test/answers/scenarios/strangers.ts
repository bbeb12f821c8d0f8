import { look, request, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login } from '../steps.js';

const UNKNOWN = `YC${'0'.repeat(32)}`;

/** Those who ask for what is not theirs. */
export const strangers: readonly Scenario[] = [
  {
    name: 'Challenges that are not there, and those of somebody else',
    steps: [
      login({ as: 'other' }),
      login({ isUnbound: true, as: 'free' }),
      login(),
      ...askEach(
        {
          'unknown, bound session': ['token', UNKNOWN],
          'of somebody else, bound session': ['token', '<other challenge>'],
          'unknown, unbound session': ['free token', UNKNOWN],
          'of somebody else, unbound session': ['free token', '<other challenge>'],
        },
        ([token, sid]) =>
          request('public', `POST /v1/challenges/${sid}/notifications`, {
            headers: { Authorization: `Bearer <${token}>` },
          }),
        (label) => `a tap: ${label}`,
      ),
      ...askEach(
        { 'bound session': ['token', '<other challenge>'], 'unbound session': ['free token', UNKNOWN] },
        ([token, sid]) =>
          request('public', `GET /v1/challenges/${sid}`, { headers: { Authorization: `Bearer <${token}>` } }),
        (label) => `a look: ${label}`,
      ),
      ask('their own Challenge after that', tap()),
    ],
  },
  {
    name: 'a user who guesses Challenges',
    steps: [
      login({ isUnbound: true }),
      ...Array.from({ length: 10 }, (_, at) =>
        ask(
          `unknown Challenge ${at + 1}`,
          request('public', `POST /v1/challenges/YC${String(at).repeat(32)}/notifications`, {
            headers: { Authorization: 'Bearer <token>' },
          }),
        ),
      ),
    ],
  },
  {
    name: 'credentials that open nothing',
    steps: [
      login(),
      ...askEach(
        {
          none: {},
          'an empty Authorization': { Authorization: '' },
          'a bare Bearer': { Authorization: 'Bearer' },
          'another scheme': { Authorization: 'Basic dTpw' },
          'a token of no session': { Authorization: `Bearer prs_${'0'.repeat(32)}_${'A'.repeat(43)}` },
          'an API key': { Authorization: 'Bearer <key: desk>' },
          'two words': { Authorization: 'Bearer <token> <token>' },
          'a cookie': { Cookie: 'connect.sid=s%3Ax.y' },
        },
        (headers: Record<string, string>) => request('public', 'GET /v1/challenges/<challenge>', { headers }),
      ),
      ask('the scheme in lower case opens it', look({ Authorization: 'bearer  <token>' })),
      ask(
        'a wrong body and path without a credential',
        request('public', 'POST /v1/challenges/YC123/notifications', { body: '[' }),
      ),
    ],
  },
];
