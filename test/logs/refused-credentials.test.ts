/** A refused credential has a reason, in the log and in a metric, and its caller is told what RFC 6750 allows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCOPES } from '@nest/internal/scopes.js';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { refusalOf } from '../sessions/refusal-of.js';
import { type Rig, startRig } from '../support/rig.js';
import { PATH, sign } from '../webhook/webhook-rig.js';

const AUTH_TOKEN = 'the-auth-token';
const PUBLIC_URL = 'https://login.example.com';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(
    { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL, THROTTLE_ADDRESS_PER_MINUTE: '10000' },
    { desk: { scopes: ['audit:read'] }, ended: { scopes: SCOPES, expiresAt: '2020-01-01T00:00:00Z' } },
  );
});
afterAll(() => rig.close());

const spoilt = (credential: string) =>
  credential.slice(0, -2) + (credential.at(-2) === 'A' ? 'B' : 'A') + credential.slice(-1);
const NONE = 'Bearer';
const INVALID = 'Bearer error="invalid_token"';

describe('a session', () => {
  const refused: Record<string, [reason: string, challenge: string, header: () => Promise<string> | string]> = {
    'that is not there': ['no-credential', NONE, () => ''],
    'of another scheme': ['no-credential', NONE, () => 'Basic dTpw'],
    'without a token': ['no-credential', NONE, () => 'Bearer'],
    'of two words': ['malformed', INVALID, () => 'Bearer one two'],
    'in JWT form': ['malformed', INVALID, () => 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA'],
    'of more than 16 KiB': ['malformed', INVALID, () => `Bearer ${'a'.repeat(16_385)}`],
    'that nobody registered': ['unknown-token', INVALID, () => `Bearer prs_${'0'.repeat(32)}_${'A'.repeat(43)}`],
    'with another secret': ['wrong-secret', INVALID, async () => `Bearer ${spoilt((await rig.login()).token)}`],
  };
  test.each(Object.entries(refused))('%s', async (_, [reason, challenge, header]) => {
    const { challengeSid } = await rig.login();
    const authorization = await header();
    const look = () => rig.api.get(`/v1/challenges/${challengeSid}`).set('authorization', authorization);
    expect(await refusalOf(rig, look())).toEqual({ status: 401, reason, counted: reason });
    const { headers, body } = await look();
    expect(headers['www-authenticate']).toBe(challenge);
    expect(body).toMatchObject({ code: 'session-invalid', nextAction: 'start-over' });
    expect(JSON.stringify({ body, headers })).not.toContain(`"${reason}"`);
  });

  test('only the operator can tell that a session is bound to another Challenge', async () => {
    const [screen, other] = [await rig.login(), await rig.login()];
    const seen = { status: 404, reason: 'other-challenge', counted: 'other-challenge' };
    expect(await refusalOf(rig, screen.tap({ challengeSid: other.challengeSid }))).toEqual(seen);
    expect(await refusalOf(rig, screen.look(other.challengeSid))).toEqual(seen);
    expect((await screen.look(other.challengeSid)).headers['www-authenticate']).toBeUndefined();
  });

  test('that is good leaves no reason', async () => {
    const screen = await rig.login();
    expect(await refusalOf(rig, screen.tap())).toEqual({ status: 201 });
    expect(await refusalOf(rig, screen.look(`YC${'0'.repeat(32)}`))).toMatchObject({ status: 404 });
  });
});

describe('an internal caller', () => {
  const events = (credential: string) => rig.ops.get('/internal/v1/audit-events').set('authorization', credential);
  const refused: Record<string, [reason: string, challenge: string, header: () => Promise<string> | string]> = {
    'without a key': ['no-credential', NONE, () => ''],
    'with a session': ['malformed', INVALID, async () => `Bearer ${(await rig.login()).token}`],
    'with a JWT where none is accepted': ['malformed', INVALID, () => 'Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA'],
    'with a key that is not in the file': ['unknown-api-key', INVALID, () => `Bearer ${newApiKey('x', []).credential}`],
    'with another secret': ['wrong-secret', INVALID, () => `Bearer ${spoilt(rig.apiKeys['desk'] ?? '')}`],
    'with a key that has ended': ['expired', INVALID, () => `Bearer ${rig.apiKeys['ended']}`],
  };
  test.each(Object.entries(refused))('%s', async (_, [reason, challenge, header]) => {
    const credential = await header();
    const seen = { status: 401, reason, counted: reason };
    expect(await refusalOf(rig, events(credential), 'consumers')).toEqual(seen);
    const { headers, body } = await events(credential);
    expect(headers['www-authenticate']).toBe(challenge);
    expect(body).toMatchObject({
      code: 'session-invalid',
      title: 'This credential is not valid',
      nextAction: 'fix-request',
    });
    expect(body.detail).not.toMatch(/sign in/i);
  });

  test('a valid key has no reason; without the scope it is told which one is missing', async () => {
    const desk = `Bearer ${rig.apiKeys['desk']}`;
    expect(await refusalOf(rig, events(desk), 'consumers')).toEqual({ status: 200 });
    const pause = () => rig.ops.get('/internal/v1/pause').set('authorization', desk);
    expect(await refusalOf(rig, pause(), 'consumers')).toEqual({ status: 403 });
    expect((await pause()).headers['www-authenticate']).toBe(
      'Bearer error="insufficient_scope", scope="controls:write"',
    );
  });
});

describe('a webhook', () => {
  const right = sign(AUTH_TOKEN, PUBLIC_URL + PATH, { type: 'any' });
  const refused: Record<string, [reason: string, path: string, signature: string, body?: string]> = {
    'without a signature': ['no-signature', PATH, ''],
    'whose signature is none': ['malformed', PATH, 'x'],
    'with a query': ['unexpected-query', `${PATH}?tenant=1`, right],
    'of too many fields': ['too-many-fields', PATH, right, 'a&'.repeat(64)],
    'that can be read in two ways': ['ambiguous', PATH, right, 'type=any&type=any'],
    'signed with another token': ['bad-signature', PATH, sign('another', PUBLIC_URL + PATH, { type: 'any' })],
    'signed for another URL': ['bad-signature', PATH, sign(AUTH_TOKEN, `http://10.0.0.1${PATH}`, { type: 'any' })],
  };
  const call = (path: string, signature: string, body = 'type=any') =>
    rig.api
      .post(path)
      .set('content-type', 'application/x-www-form-urlencoded')
      .set('x-twilio-signature', signature)
      .send(body);
  test.each(Object.entries(refused))('%s', async (_, [reason, path, signature, body]) => {
    const seen = { status: 403, reason, counted: reason };
    expect(await refusalOf(rig, call(path, signature, body), 'webhooks')).toEqual(seen);
  });

  test('that is signed leaves no reason', async () => {
    expect(await refusalOf(rig, call(PATH, right), 'webhooks')).toEqual({ status: 200 });
  });
});
