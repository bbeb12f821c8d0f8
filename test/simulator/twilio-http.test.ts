import { connect } from 'node:net';

import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { codeOf, failureOf, Rig, type Seeded } from './rig.js';

let rig: Rig;
let at: Seeded;

beforeEach(async () => {
  rig = await Rig.start();
  at = await rig.seed();
});
afterEach(() => rig.stop());

/** Sends bytes as they are and resolves with the status line. */
function sendRaw(head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(rig.running.port, '127.0.0.1', () =>
      socket.write(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n`),
    );
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.on('error', reject);
  });
}

describe('who may call', () => {
  test('the auth token opens the account as the API key does', async () => {
    const { accountSid, authToken } = rig.running;
    const client = twilio(accountSid, authToken);
    client.verify.baseUrl = rig.url;
    const challenges = client.verify.v2.services(at.serviceSid).entities(at.identity).challenges;
    expect((await challenges(at.challengeSid).fetch()).status).toBe('pending');
    expect((await rig.lastRequest()).principal).toBe(accountSid);
  });

  test('a wrong secret is 401, with the four keys of every error', async () => {
    const { apiKeySid, accountSid } = rig.running;
    const client = twilio(apiKeySid, 'wrong', { accountSid });
    client.verify.baseUrl = rig.url;
    const call = client.verify.v2.services(at.serviceSid).entities(at.identity).challenges(at.challengeSid).fetch();
    expect(await failureOf(call)).toMatchObject({ status: 401, code: 20003, message: 'Authenticate' });
  });

  test.each([
    ['nothing', ''],
    ['a bearer token', 'Bearer abc'],
    ['half a pair', `Basic ${btoa('SK')}`],
    ['nonsense', 'Basic %%%'],
  ])('%s is 401 before anything else is looked at', async (_name, authorization) => {
    const answer = await fetch(`${rig.url}/v2/nowhere`, { headers: { authorization } });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({
      code: 20003,
      message: 'Authenticate',
      more_info: 'https://www.twilio.com/docs/errors/20003',
      status: 401,
    });
  });

  test('bearerToken lets one access token in, and no other', async () => {
    await rig.switch({ bearerToken: 'an-access-token' });
    const asking = (authorization: string) => rig.http(rig.path(at), { headers: { authorization } });
    expect((await asking('Bearer an-access-token')).status).toBe(200);
    expect((await rig.lastRequest()).principal).toBe('bearer');
    for (const wrong of ['Bearer another', 'Bearer', 'Bearer an-access-token, Bearer x', 'Basic an-access-token']) {
      expect((await asking(wrong)).status).toBe(401);
    }
    expect((await rig.fetchChallenge(at)).status).toBe(200);
  });

  test.each([
    ['all', 200, 201],
    ['read', 200, 403],
    ['none', 403, 403],
  ])('an API key with the scope %s reads with %i and resends with %i', async (apiKeyScope, read, resent) => {
    await rig.switch({ apiKeyScope });
    expect((await rig.fetchChallenge(at)).status).toBe(read);
    const answer = await rig.resend(at);
    expect([answer.status, await codeOf(answer)]).toEqual([resent, resent === 403 ? 70051 : undefined]);
    expect((await rig.phone()).pushes).toHaveLength(resent === 201 ? 2 : 1);
  });

  test('a scope binds the access token as well, and not the auth token of the account', async () => {
    await rig.switch({ apiKeyScope: 'none', bearerToken: 'an-access-token' });
    const { accountSid, authToken } = rig.running;
    const account = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
    const asking = async (authorization: string) =>
      (await rig.http(rig.path(at), { headers: { authorization } })).status;
    expect([await asking('Bearer an-access-token'), await asking(account)]).toEqual([403, 200]);
  });

  test('credentials can be replaced', async () => {
    const other = await Rig.start({ credentials: { apiKeySecret: 'another-secret' } });
    const there = await other.seed();
    expect((await other.fetchChallenge(there)).status).toBe(200);
    const refused = await fetch(other.url + other.path(there), { headers: { authorization: rig.basic } });
    await other.stop();
    expect(refused.status).toBe(401);
  });
});

describe('what every answer carries', () => {
  test.each([
    ['a success', () => rig.fetchChallenge(at)],
    ['an error', () => rig.http('/v2/nowhere')],
    ['a 401', () => fetch(`${rig.url}/v2/nowhere`)],
  ])('%s has the headers of Twilio', async (_name, ask) => {
    await rig.advance(90);
    const { headers } = await ask();
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('date')).toBe('Mon, 02 Mar 2026 10:01:30 GMT');
    expect(headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(headers.get('twilio-concurrent-requests')).toBe('1');
    expect(headers.get('x-api-domain')).toBe('verify.twilio.com');
    expect(headers.get('access-control-allow-origin')).toBe('*');
  });

  test('problemBodies turns every error into RFC 9457', async () => {
    await rig.switch({ problemBodies: true });
    const answer = await rig.http(rig.path({ ...at, challengeSid: `YC${'0'.repeat(32)}` }));
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status: 404,
      code: 20404,
      type: 'https://www.twilio.com/docs/errors/20404',
    });
  });
});

describe('paths', () => {
  test.each([
    ['notFoundNamesVersion off', {}, 20404, /^The requested resource \/Services\/VA/],
    ['notFoundNamesVersion on', { notFoundNamesVersion: true }, 20404, /^The requested resource \/v2\/Services\/VA/],
    ['notFoundCodes specific', { notFoundCodes: 'specific' }, 60391, /^Challenge not found/],
  ])('%s: a missing Challenge', async (_name, switches, code, message) => {
    await rig.switch(switches);
    const answer = await rig.fetchChallenge({ ...at, challengeSid: `YC${'0'.repeat(32)}` });
    expect(answer.status).toBe(404);
    const body = (await answer.json()) as { code: number; message: string };
    expect(body.code).toBe(code);
    expect(body.message).toMatch(message);
  });

  test.each([
    ['generic', { challengeSid: 'YC12' }, 60306],
    ['specific', { challengeSid: 'YC12' }, 60364],
    ['specific', { serviceSid: 'VA12' }, 60363],
    ['specific', { identity: 'short' }, 60367],
    ['specific', { identity: 'no--double-dash' }, 60367],
    ['specific', { identity: 'a%20b-long-enough' }, 60367],
  ])('formatCodes %s: %o is malformed (%i)', async (formatCodes, wrong, code) => {
    await rig.switch({ formatCodes });
    const answer = await rig.fetchChallenge({ ...at, ...wrong });
    expect(answer.status).toBe(400);
    expect(await codeOf(answer)).toBe(code);
  });

  test('there is no way to list Notifications', async () => {
    const answer = await rig.http(`${rig.path(at)}/Notifications`);
    expect([answer.status, await codeOf(answer)]).toEqual([405, 20004]);
  });

  test.each([
    '/v2/Services/../Services',
    '/v2//Services',
    '/v2/Services/%2e%2e',
    '/v2/%E0%A4%A',
    '/twilio',
    '/v2/Services/VA/Entities/a%2Fb/Challenges/YC',
    '*',
  ])('%s is journaled as it came and found nowhere', async (path) => {
    const method = path === '*' ? 'OPTIONS' : 'GET';
    const status = await sendRaw(`${method} ${path} HTTP/1.1\r\nAuthorization: ${rig.basic}`);
    const expected = path === '/v2/Services/%2e%2e' ? 400 : 404;
    expect(status).toMatch(new RegExp(`^HTTP/1.1 ${expected} `));
    expect(await rig.lastRequest()).toMatchObject({ method, path, status: expected, effect: 'none' });
  });

  test.each([
    ['PROPFIND /v2/x HTTP/1.1', { method: 'PROPFIND', path: '/v2/x', status: 401 }],
    ['GET /v2/a b HTTP/1.1', { method: 'GET', path: '/v2/a', status: 400 }],
  ])('"%s" is journaled too', async (line, expected) => {
    await sendRaw(line);
    expect(await rig.lastRequest()).toMatchObject(expected);
  });

  test('a body that is too long is refused and journaled', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = 'x'.repeat(2 * 1024 * 1024);
    const answer = await rig.http(`${rig.path(at)}/Notifications`, { method: 'POST', headers, body });
    expect(answer.status).toBe(413);
    expect(await rig.lastRequest()).toMatchObject({ status: 413, path: `${rig.path(at)}/Notifications` });
  });
});

describe('what an SDK fed with unchecked parameters sends', () => {
  test('a Challenge SID ending in # hits the Challenge itself, and the journal says so loudly', async () => {
    const injected = rig.challenge({ ...at, challengeSid: `${at.challengeSid}#` });
    expect(await failureOf(injected.notifications.create())).toMatchObject({ status: 400, code: 60306 });
    expect(await rig.lastRequest()).toMatchObject({
      operation: 'updateChallenge',
      path: rig.path(at),
      effect: 'none',
      warnings: [expect.stringMatching(/^INJECTED PATH\?/)],
    });
    expect((await rig.challenge(at).fetch()).status).toBe('pending');
  });

  test.each(['..', '%2e%2e'])('an identity of %s arrives normalised and is found nowhere', async (identity) => {
    expect(await failureOf(rig.challenge({ ...at, identity }).notifications.create())).toMatchObject({
      status: 404,
      code: 20404,
    });
    expect((await rig.lastRequest()).path).toBe(
      `/v2/Services/${at.serviceSid}/Challenges/${at.challengeSid}/Notifications`,
    );
  });
});

describe('the journal', () => {
  test('tells body, client, connection and effect of a request, and no secret', async () => {
    await rig.challenge(at).notifications.create({ ttl: 5 });
    const entry = await rig.lastRequest();
    expect(entry).toMatchObject({
      method: 'POST',
      path: `${rig.path(at)}/Notifications`,
      operation: 'createNotification',
      principal: rig.running.apiKeySid,
      body: 'Ttl=5',
      userAgent: expect.stringMatching(/^twilio-node\/6/),
      status: 201,
      effect: 'notification-created',
      fault: null,
      warnings: [],
    });
    const text = JSON.stringify(await rig.journal());
    expect(text).not.toContain(rig.running.apiKeySecret);
    expect(text).not.toContain(rig.basic);
  });

  test('can be asked about one Challenge', async () => {
    const other = await rig.seed();
    await rig.fetchChallenge(at);
    await rig.fetchChallenge(other);
    const [entry, ...more] = await rig.sim<{ path: string }[]>(`/journal?challengeSid=${other.challengeSid}`);
    expect(entry?.path).toBe(rig.path(other));
    expect(more).toEqual([]);
  });
});

describe('too many requests at once', () => {
  test.each([null, 7])('are refused with 20429 and Retry-After %s, and do nothing', async (retryAfter) => {
    await rig.switch({ maxConcurrentRequests: 1, throttleRetryAfterSeconds: retryAfter });
    await rig.fault('fetchChallenge', 'never-answer', { times: 1 });
    const giveUp = new AbortController();
    const hanging = failureOf(rig.http(rig.path(at), { signal: giveUp.signal }));
    await expect.poll(async () => (await rig.journal()).length).toBe(1);

    const answer = await rig.resend(at);
    expect([answer.status, await codeOf(answer)]).toEqual([429, 20429]);
    expect(answer.headers.get('retry-after')).toBe(retryAfter === null ? null : String(retryAfter));
    expect(answer.headers.get('twilio-concurrent-requests')).toBe('2');
    expect((await rig.phone()).pushes).toHaveLength(1);

    giveUp.abort();
    await hanging;
    await expect.poll(async () => (await rig.resend(at)).status).toBe(201);
  });
});

test('keepAliveSeconds closes an idle connection', async () => {
  await rig.switch({ keepAliveSeconds: 0.02 });
  const closed = new Promise<void>((resolve) => {
    const socket = connect(rig.running.port, '127.0.0.1', () => socket.write(`GET /v2 HTTP/1.1\r\nHost: x\r\n\r\n`));
    socket.resume();
    socket.on('close', () => resolve());
  });
  await closed;
  expect((await rig.lastRequest()).path).toBe('/v2');
});
