import { inspect } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { rigAt, challenge, credentials, impatient, notification, respond, twilioError } from './verify-fixtures.js';
import { httpServer, refusingPort } from './servers.js';

const PENDING = { kind: 'learnt', fact: { kind: 'fetched', status: 'pending' } };
const SECRET = 'a client secret that must not sing';

/** Twilio with its token endpoint: how each is to answer, and what they were asked. */
async function withOauth(lifeSeconds = 3600) {
  const twilio = {
    tokens: 0,
    valid: (token: string) => token === `token-${twilio.tokens}`,
    secrets: new Set([SECRET]),
    tokenStatus: 200,
    tokenBody: undefined as unknown,
    lifeSeconds: lifeSeconds as unknown,
    asked: [] as string[],
    bodies: [] as string[],
    release: undefined as (() => void) | undefined,
    mustWait: false,
  };
  const server = await httpServer(({ method, path, headers, body }, response) => {
    if (path === '/v2/token') {
      twilio.asked.push('token');
      twilio.bodies.push(body);
      const answer = () => {
        if (!twilio.secrets.has(new URLSearchParams(body).get('client_secret') ?? ''))
          return respond(response, 401, twilioError(401, 20003));
        if (twilio.tokenStatus !== 200) return respond(response, twilio.tokenStatus, '<html></html>');
        twilio.tokens += 1;
        respond(
          response,
          200,
          twilio.tokenBody ?? {
            access_token: `token-${twilio.tokens}`,
            token_type: 'Bearer',
            expires_in: twilio.lifeSeconds,
          },
        );
      };
      if (!twilio.mustWait) return answer();
      twilio.release = answer;
      return;
    }
    twilio.asked.push(method);
    const [, token = ''] = /^Bearer (.*)$/.exec(headers.authorization ?? '') ?? [];
    if (!twilio.valid(token)) return respond(response, 401, twilioError(401, 20003));
    respond(response, method === 'GET' ? 200 : 201, method === 'GET' ? challenge : notification);
  });
  const own = { secret: SECRET };
  const oauth = { clientId: 'OQ-client', clientSecret: () => own.secret };
  return {
    own,
    twilio,
    rig: rigAt(server.baseUrl, { oauth }),
    impatientRig: () => rigAt(server.baseUrl, { oauth, ...impatient }),
  };
}

it('a token is requested once, and used for all calls', async () => {
  const { twilio, rig } = await withOauth();
  expect(await Promise.all([rig.fetch(), rig.fetch(), rig.fetch()])).toMatchObject([PENDING, PENDING, PENDING]);
  expect(await rig.create()).toMatchObject({ outcome: 'sent' });
  expect(twilio.asked.filter((one) => one === 'token')).toHaveLength(1);
  const form = new URLSearchParams(twilio.bodies[0]);
  expect(Object.fromEntries(form)).toEqual({
    grant_type: 'client_credentials',
    client_id: 'OQ-client',
    client_secret: SECRET,
  });
});

it('a token is renewed before it expires, while it is still used', async () => {
  const { twilio, rig } = await withOauth(0.4);
  twilio.valid = () => true;
  await rig.fetch();
  // Of 400 ms it is used for 200 ms; then the next call waits for another one.
  await expect.poll(async () => (await rig.fetch(), twilio.tokens), { interval: 20 }).toBe(2);
});

it('a token that Twilio rejects at once is not replaced: the next one would be rejected, too', async () => {
  const { twilio, rig } = await withOauth();
  twilio.valid = () => false;
  expect(await rig.fetch()).toEqual({ kind: 'failed', code: 'provider-rejected' });
  expect(await rig.fetch()).toEqual({ kind: 'failed', code: 'provider-rejected' });
  expect(twilio.asked).toEqual(['token', 'GET', 'GET']);
});

it('a token that Twilio rejects later on is replaced, and the fetch made again', async () => {
  const { twilio, rig } = await withOauth();
  await rig.fetch();
  const real = performance.now.bind(performance);
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockImplementation(() => real() + 10_000);
  twilio.valid = (token) => token === 'token-2';
  expect(await rig.fetch()).toMatchObject(PENDING);
  expect(twilio.asked).toEqual(['token', 'GET', 'GET', 'token', 'GET']);
});

it('a client that Twilio refuses is a rejection, and a create is proven not to be sent', async () => {
  const { twilio, rig } = await withOauth();
  twilio.secrets.clear();
  expect(await rig.fetch()).toEqual({ kind: 'failed', code: 'provider-rejected' });
  expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-rejected' });
  expect(rig.calls).toMatchObject([
    { code: 'token-rejected', detail: 'token-http-401', isRejected: true },
    { code: 'token-rejected', detail: 'token-http-401', isRejected: true },
  ]);
  expect(twilio.asked).not.toContain('POST');
});

it('a new client secret that is refused is followed by the one before', async () => {
  const { own, twilio, rig } = await withOauth(0.1);
  twilio.valid = () => true;
  await rig.fetch();
  own.secret = 'half a secr';
  await expect.poll(async () => (await rig.fetch(), twilio.tokens), { interval: 20 }).toBeGreaterThan(1);
  expect(rig.codes().filter((code) => code !== 'ok')).toEqual([]);
});

it.each([
  [503, undefined, 'token-http-503'],
  [429, undefined, 'token-http-429'],
  [200, 'no JSON', 'token-unreadable'],
  [200, { access_token: 'a b', expires_in: 60 }, 'token-unreadable'],
  [200, { access_token: 'a', expires_in: '60' }, 'token-unreadable'],
  [200, { access_token: 'a' }, 'token-unreadable'],
  [200, null, 'token-unreadable'],
])('a token endpoint that answers %i %j is a Twilio that can not be reached', async (status, body, reason) => {
  const { twilio, rig } = await withOauth();
  Object.assign(twilio, { tokenStatus: status, tokenBody: body === null ? 'null' : body });
  expect(await rig.fetch()).toMatchObject({ kind: 'failed', code: 'provider-unavailable' });
  expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-unavailable' });
  expect(rig.calls).toMatchObject([
    { code: 'not-connected', detail: reason },
    { code: 'not-connected', detail: reason },
  ]);
});

it('a token endpoint that is not there is a Twilio that can not be reached', async () => {
  const rig = rigAt(await refusingPort(), { oauth: { clientId: 'OQ-client', clientSecret: SECRET } });
  expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-unavailable' });
  expect(rig.calls).toMatchObject([{ code: 'not-connected', detail: 'token-ECONNREFUSED' }]);
});

it('a token that comes too late for a create is for the next call: that create is never sent', async () => {
  const { twilio, rig } = await withOauth();
  twilio.mustWait = true;
  expect(await rig.create(performance.now() + 100)).toEqual({ outcome: 'notSent', code: 'provider-unavailable' });
  await expect.poll(() => twilio.release).toBeDefined();
  twilio.release?.();
  expect(await rig.fetch()).toMatchObject(PENDING);
  expect(twilio.asked).toEqual(['token', 'GET']);
});

it('a token endpoint that never answers costs a fetch its deadline', async () => {
  const { twilio, impatientRig } = await withOauth();
  twilio.mustWait = true;
  const rig = impatientRig();
  expect(await rig.fetch()).toMatchObject({ kind: 'failed', code: 'provider-unavailable' });
  expect(rig.calls[0]?.detail).toMatch(/^token-deadline$/);
});

it('nothing shows the client secret or a token', async () => {
  const { rig } = await withOauth();
  const shown = inspect([await rig.fetch(), rig.calls, rig.gateway], { depth: null, showHidden: true });
  for (const secret of [SECRET, 'token-1', credentials.accountSid]) expect(shown).not.toContain(secret);
});
