import { describe, expect, it } from 'vitest';
import type { Socket } from 'node:net';
import { httpServer, refusingPort, tcpServer } from './servers.js';
import {
  atDeadline,
  CHALLENGE,
  challenge,
  credentials,
  DEADLINE_MS,
  headers,
  IDENTITY,
  OTHER_CHALLENGE,
  respond,
  rigAt,
  twilioDate,
  twilioError,
} from './verify-fixtures.js';

const failed = (code: string, more: object = {}): object => ({ kind: 'failed', code, ...more });
const learnt = (fact: object): object => ({ kind: 'learnt', fact });

const reset = (socket: Socket): void => void socket.resetAndDestroy();

async function fetched(status: number, body: unknown, more: object = {}) {
  const twilio = await httpServer((_, response) => respond(response, status, body, more));
  const rig = rigAt(twilio.baseUrl);
  const answer = await rig.fetch();
  expect(twilio.requests).toHaveLength(1);
  return { answer, code: rig.calls[0]?.code, detail: rig.calls[0]?.detail, request: twilio.requests[0] };
}

async function factOf(body: unknown, more: object = {}) {
  const { answer } = await fetched(200, body, more);
  if (answer.kind !== 'learnt' || answer.fact.kind !== 'fetched')
    throw new Error(`not learnt: ${JSON.stringify(answer)}`);
  return answer.fact;
}

describe('a pending push Challenge', () => {
  it("is learnt with its age and what it has left, by Twilio's Date and not by our clock", async () => {
    const { remainingMs, ...fact } = await factOf(challenge);
    expect(fact).toEqual({ kind: 'fetched', status: 'pending', isPush: true, ageMs: 40_000 });
    // The rest of Date's second and the time the answer took are lost.
    expect(remainingMs).toBeLessThanOrEqual(260_000 - 999);
    expect(remainingMs).toBeGreaterThan(260_000 - 999 - 5_000);
    expect(remainingMs).toBe(Math.floor(remainingMs));
  });

  it('is asked for under its identity', async () => {
    const { request } = await fetched(200, challenge);
    const path = `/v2/Services/${credentials.serviceSid}/Entities/${IDENTITY}/Challenges/${CHALLENGE}`;
    expect(request).toMatchObject({ method: 'GET', path, body: '' });
  });

  it('loses the time the answer took', async () => {
    const twilio = await httpServer((_, response) => void setTimeout(() => respond(response, 200, challenge), 100));
    const answer = await rigAt(twilio.baseUrl).fetch();
    expect(answer).toMatchObject({ kind: 'learnt' });
    expect(answer).toHaveProperty(
      'fact.remainingMs',
      expect.toSatisfy((ms: number) => ms <= 260_000 - 999 - 95),
    );
  });

  it('is never younger than nothing', async () => {
    expect(await factOf({ ...challenge, date_created: twilioDate(-5_000) })).toMatchObject({ ageMs: 0 });
  });

  it('has nothing left after its expirationDate', async () => {
    const { remainingMs } = await factOf({ ...challenge, expiration_date: twilioDate(10_000) });
    expect(remainingMs).toBeLessThanOrEqual(-10_000);
  });
});

it.each(['approved', 'denied'])('a Challenge that was %s tells how long ago', async (status) => {
  const fact = await factOf({ ...challenge, status, date_responded: twilioDate(3_000) });
  expect(fact).toMatchObject({ status, respondedAgoMs: 3_000 });
});

it('an answer that Twilio did not date is learnt without its age', async () => {
  expect(await factOf({ ...challenge, status: 'approved' })).not.toHaveProperty('respondedAgoMs');
});

it('a pending Challenge tells no answer, whatever date stands there', async () => {
  expect(await factOf({ ...challenge, date_responded: twilioDate() })).not.toHaveProperty('respondedAgoMs');
});

it.each(['totp', 'passkeys', undefined, null])('a factor of type %s is no push', async (factorType) => {
  expect(await factOf({ ...challenge, factor_type: factorType })).toMatchObject({ isPush: false });
});

describe('an identity in other letters than it was asked for', () => {
  const asked = `YE${'0A'.repeat(16)}`;
  const answered = async (identity: string, requested: string) => {
    const twilio = await httpServer((_, response) => respond(response, 200, { ...challenge, identity }));
    return rigAt(twilio.baseUrl).gateway.fetchChallenge(requested, CHALLENGE);
  };

  it('is the same if it has the form of a SID', async () => {
    expect(await answered(asked.toLowerCase(), asked)).toMatchObject({ kind: 'learnt' });
    expect(await answered(`YE${'0a'.repeat(16)}`, asked)).toMatchObject({ kind: 'learnt' });
  });

  it('is another one if it has not', async () => {
    expect(await answered(IDENTITY.toUpperCase(), IDENTITY)).toEqual(failed('provider-error'));
    expect(await answered(`${asked}0`.toLowerCase(), `${asked}0`)).toEqual(failed('provider-error'));
    expect(await answered(`YE${'0b'.repeat(16)}`, asked)).toEqual(failed('provider-error'));
  });
});

describe('a provider-error is', () => {
  it.each<[string, object, string]>([
    ['another Challenge', { sid: OTHER_CHALLENGE }, 'other-challenge'],
    ['the Challenge in other letters', { sid: CHALLENGE.toUpperCase() }, 'other-challenge'],
    ['no sid', { sid: undefined }, 'other-challenge'],
    ['another identity', { identity: 'someone-else' }, 'other-identity'],
    ['no identity', { identity: null }, 'other-identity'],
    ['an unknown status', { status: 'cancelled' }, 'unknown-status'],
    ['no status', { status: undefined }, 'unknown-status'],
    ['no date_created', { date_created: undefined }, 'unreadable-dates'],
    ['a date_created of null', { date_created: null }, 'unreadable-dates'],
    ['no expiration_date', { expiration_date: undefined }, 'unreadable-dates'],
    ['an expiration_date in words', { expiration_date: 'tomorrow' }, 'unreadable-dates'],
    ['an expiration_date in another zone', { expiration_date: '2026-03-02T10:05:00' }, 'unreadable-dates'],
    ['an expiration_date as a number', { expiration_date: 1_772_445_600 }, 'unreadable-dates'],
    ['a date_responded in words', { status: 'denied', date_responded: 'lately' }, 'unreadable-dates'],
  ])('%s', async (_, change, why) => {
    const { answer, code, detail } = await fetched(200, { ...challenge, ...change });
    expect(answer).toEqual(failed('provider-error'));
    expect([code, detail]).toEqual(['unreadable', why]);
  });

  it.each(['', 'yesterday', '2026-03-02T10:00:00Z'])('the Date %j', async (date) => {
    const { answer, detail } = await fetched(200, challenge, { Date: date });
    expect([answer, detail]).toEqual([failed('provider-error'), 'no-date-header']);
  });

  it('no Date at all', async () => {
    const twilio = await httpServer((_, response) => {
      response.sendDate = false;
      response.end(JSON.stringify(challenge));
    });
    expect(await rigAt(twilio.baseUrl).fetch()).toEqual(failed('provider-error'));
  });

  it.each([
    [200, '<html>log in</html>'],
    [200, ''],
    [200, 'null'],
    [200, '5'],
    [302, '<html>elsewhere</html>'],
    [302, challenge],
    [404, '<html>no such page</html>'],
    [400, twilioError(400, 60300)],
    [403, twilioError(403, 60322)],
  ])('%i %j', async (status, body) => {
    expect((await fetched(status, body)).answer).toEqual(failed('provider-error'));
  });
});

describe("Twilio's refusal", () => {
  const serviceMissing = `The requested resource /Services/${credentials.serviceSid} was not found`;

  it.each<[number, object | string, object]>([
    [404, twilioError(404, 20404), learnt({ kind: 'not-found' })],
    [404, twilioError(404, 60390), learnt({ kind: 'not-found' })],
    [404, twilioError(404, 60391), learnt({ kind: 'not-found' })],
    [404, twilioError(404, 60392), learnt({ kind: 'not-found' })],
    [404, twilioError(404, 20404, serviceMissing), failed('provider-rejected')],
    [403, twilioError(403, 60323), learnt({ kind: 'expired' })],
    [401, twilioError(401, 20003), failed('provider-rejected')],
    [403, twilioError(403, 70051), failed('provider-rejected')],
    [401, '', failed('provider-rejected')],
    [403, '<html>Forbidden</html>', failed('provider-rejected')],
    [429, twilioError(429, 20429), failed('provider-throttled', { waitMs: 3_000 })],
    [429, twilioError(429, 25109), failed('provider-throttled', { waitMs: 3_000 })],
    [429, '', failed('provider-throttled', { waitMs: 3_000 })],
    [500, twilioError(500, 20500), failed('provider-unavailable')],
    [502, '<html>Bad Gateway</html>', failed('provider-unavailable')],
    [503, 'null', failed('provider-unavailable')],
  ])('%i %j', async (status, body, meaning) => {
    expect((await fetched(status, body, { 'Retry-After': '3' })).answer).toEqual(meaning);
  });
});

describe('a lost connection', () => {
  const body = JSON.stringify(challenge);
  const whole = `HTTP/1.1 200 OK\r\nDate: ${headers.Date}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

  it('is asked again, once, when the socket was kept alive from before', async () => {
    const twilio = await tcpServer((socket, nth) => (nth === 2 ? reset(socket) : socket.write(whole)));
    const rig = rigAt(twilio.baseUrl, { maxConcurrent: 1 });
    await rig.fetch();
    expect(await rig.fetch()).toMatchObject({ kind: 'learnt' });
    expect(rig.codes()).toEqual(['ok', 'connection-lost', 'ok']);
    expect([twilio.requests.length, twilio.sockets]).toEqual([3, 2]);
  });

  it('is not asked a third time', async () => {
    const twilio = await tcpServer((socket, nth) => (nth === 1 ? socket.write(whole) : reset(socket)));
    const rig = rigAt(twilio.baseUrl, { maxConcurrent: 1 });
    await rig.fetch();
    expect(await rig.fetch()).toEqual(failed('provider-unavailable'));
    expect(twilio.requests).toHaveLength(3);
  });

  it('is not asked again when the socket was new', async () => {
    const twilio = await tcpServer(reset);
    expect(await rigAt(twilio.baseUrl).fetch()).toEqual(failed('provider-unavailable'));
    expect(twilio.requests).toHaveLength(1);
  });

  it('is not asked again when an answer had begun', async () => {
    const twilio = await tcpServer((socket, nth) =>
      nth === 1 ? socket.write(whole) : socket.write('HTTP/1.1 200 OK\r\n', () => socket.resetAndDestroy()),
    );
    const rig = rigAt(twilio.baseUrl, { maxConcurrent: 1 });
    await rig.fetch();
    expect(await rig.fetch()).toEqual(failed('provider-error'));
    expect(twilio.requests).toHaveLength(2);
  });
});

it.each(['http', 'https'])('no answer over %s is provider-unavailable at the deadline', async (scheme) => {
  const twilio = await tcpServer(() => {}, scheme);
  const rig = rigAt(twilio.baseUrl);
  const hasCome = () => (scheme === 'http' ? twilio.requests.length : twilio.sockets) === 1;
  expect(await atDeadline(() => rig.fetch(), hasCome)).toEqual(failed('provider-unavailable'));
  const code = scheme === 'http' ? 'timeout' : 'not-connected';
  expect(rig.calls).toMatchObject([{ code, durationMs: DEADLINE_MS }]);
});

it('a refused connection is provider-unavailable', async () => {
  expect(await rigAt(await refusingPort()).fetch()).toEqual(failed('provider-unavailable'));
});
