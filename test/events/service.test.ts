/** Event streams of the service, over HTTP: what they tell, who may open them, and what ends them. */
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { consumerOn } from '../internal/consumer.js';
import { SCOPES } from '@nest/internal/scopes.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';
import { hangUpAll, listen, listenTo } from './listening.js';

const rigs: Rig[] = [];
afterEach(async () => {
  hangUpAll();
  for (const rig of rigs.splice(0).toReversed()) await rig.close();
});

async function start(environment: Record<string, string> = {}): Promise<Rig> {
  const rig = await startRig({ CHALLENGE_CACHE_SECONDS: '1', ...environment }, { desk: { scopes: SCOPES } });
  rigs.push(rig);
  return rig;
}

const eventsOf = ({ challengeSid }: Pick<Screen, 'challengeSid'>) => `/v1/challenges/${challengeSid}/events`;
const bearer = ({ token }: Screen) => ({ authorization: `Bearer ${token}` });

/** The value of one series, such as `push_resend_event_streams`. */
async function metric(rig: Rig, series: string): Promise<number> {
  const { text } = await rig.ops.get('/metrics').expect(200);
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return Number(line?.slice(series.length + 1));
}

describe('a stream', () => {
  test('a stream begins with exactly the response to a look, and with headers against buffering', async () => {
    const rig = await start({ CORS_ORIGINS: 'https://app.example.org' });
    const screen = await rig.login();
    const { body } = await screen.look().expect(200);
    const url = `http://127.0.0.1:${rig.ports.public}${eventsOf(screen)}`;
    const headers = { ...bearer(screen), origin: 'https://app.example.org', 'request-id': 'screen-0001' };
    const stream = await listenTo(url, headers);
    await expect.poll(() => stream.standings.length).toBe(1);
    expect(stream.standings).toEqual([body]);
    expect(stream.response.status).toBe(200);
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
      'request-id': 'screen-0001',
      'access-control-allow-origin': 'https://app.example.org',
      vary: 'Origin',
    });
  });

  test('of a Challenge that is over tells it, and ends', async () => {
    const rig = await start();
    const screen = await rig.login();
    await screen.respond('approved');
    const stream = await listen(rig, screen);
    expect(await stream.ended).toBe('ended');
    expect(stream.standings).toEqual([(await screen.look().expect(200)).body]);
  });

  test('shows the tap of another tab: under way, then cooling down', async () => {
    const rig = await start();
    const screen = await rig.login();
    const stream = await listen(rig, screen);
    await expect.poll(stream.shows).toBe('pending ready');
    await rig.simulate('POST', '/faults', { operation: 'createNotification', kind: 'delay', delayMs: 1500, times: 1 });
    const tapped = screen.tap().expect(201);
    void tapped.then(() => undefined);
    await expect.poll(stream.shows).toBe('pending in-progress');
    await tapped;
    await expect.poll(stream.shows).toBe('pending cooling-down');
    expect(stream.standings.at(-1)?.resend).toMatchObject({ remaining: 1, availableInSeconds: 60 });
  });

  test('shows a block as a limit, and its end', async () => {
    const rig = await start();
    const desk = consumerOn(rig, 'desk');
    const screen = await rig.login();
    const stream = await listen(rig, screen);
    await expect.poll(stream.shows).toBe('pending ready');
    await desk.block(screen.identity).expect(200);
    await expect.poll(stream.shows).toBe('pending limited');
    await desk.unblock(screen.identity).expect(204);
    await expect.poll(stream.shows).toBe('pending ready');
  });

  test('shows that a reset has ended the hold after a denial', async () => {
    const rig = await start();
    const desk = consumerOn(rig, 'desk');
    const denied = await rig.login();
    await denied.respond('denied');
    await denied.look().expect(200);
    const screen = await rig.login({ identity: denied.identity });
    const stream = await listen(rig, screen);
    await expect.poll(stream.shows).toBe('pending limited');
    await desk.reset(screen.identity).expect(201);
    await expect.poll(stream.shows).toBe('pending ready');
  });

  test('without webhooks finds out an approval as fast as a poll, and an expiry without anybody', async () => {
    const rig = await start();
    const [approved, expiring] = [await rig.login(), await rig.login({ expiresInSeconds: 30 })];
    const streams = [await listen(rig, approved), await listen(rig, expiring)];
    await approved.respond('approved');
    rig.wait(31);
    await Promise.all(streams.map(({ ended }) => ended));
    expect(streams.map(({ shows }) => shows())).toEqual(['approved closed', 'expired closed']);
  });

  test('shares one fetch with all streams and polls of its Challenge', async () => {
    const rig = await start();
    const screen = await rig.login();
    const streams = [await listen(rig, screen), await listen(rig, screen), await listen(rig, screen)];
    await expect.poll(() => streams.every(({ standings }) => standings.length > 0)).toBe(true);
    const fetches = () => rig.simulate<object[]>('GET', `/journal?challengeSid=${screen.challengeSid}`);
    rig.wait(2);
    await expect.poll(async () => (await fetches()).length).toBe(2);
    await screen.look().expect(200);
    expect(await fetches()).toHaveLength(2);
  });
});

describe('is refused as a look is', () => {
  test('without a session, for the Challenge of somebody else, for one that does not exist, and for a bad SID', async () => {
    const rig = await start();
    const [screen, other] = [await rig.login({ isUnbound: true }), await rig.login()];
    const unknown = `YC${'0'.repeat(32)}`;
    for (const challengeSid of [other.challengeSid, unknown, 'YC-bad']) {
      const look = await screen.look(challengeSid);
      const refused = await rig.api.get(eventsOf({ challengeSid })).set(bearer(screen));
      expect(refused.status).toBe(look.status);
      expect(refused.type).toBe('application/problem+json');
      expect({ ...refused.body, requestId: '' }).toEqual({ ...look.body, requestId: '' });
    }
    const { body } = await rig.api.get(eventsOf(screen)).expect(401);
    expect(body.code).toBe('session-invalid');
    expect(await metric(rig, 'push_resend_event_streams')).toBe(0);
  });

  test('over the raw limit of looks', async () => {
    const rig = await start({ THROTTLE_SESSION_PER_MINUTE: '1' });
    const screen = await rig.login();
    for (let look = 0; look < 10; look++) await screen.look().expect(200);
    const { body, headers } = await rig.api.get(eventsOf(screen)).set(bearer(screen)).expect(429);
    expect(body.code).toBe('too-many-requests');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  test('where the answer would not be accepted, by other methods, and while draining', async () => {
    const rig = await start();
    const screen = await rig.login();
    const path = eventsOf(screen);
    const asked = () => rig.api.get(path).set(bearer(screen));
    for (const refused of [
      asked().set('accept', 'application/json'),
      screen.look().set('accept', 'text/event-stream'),
    ]) {
      const { body: told } = await refused.expect(406);
      expect(told).toMatchObject({ code: 'not-acceptable', detail: expect.stringContaining('text/event-stream') });
    }
    const { headers } = await rig.api.post(path).set(bearer(screen)).expect(405);
    expect(headers['allow']).toBe('GET, HEAD');
    await rig.drain.drain(0);
    expect((await asked().expect(503)).body.code).toBe('shutting-down');
  });

  test('where it is switched off', async () => {
    const rig = await start({ EVENTS: 'false' });
    const screen = await rig.login();
    const { body } = await rig.api.get(eventsOf(screen)).set(bearer(screen)).expect(404);
    expect(body).toMatchObject({ code: 'not-found', detail: expect.stringContaining('disabled') });
    await screen.tap().expect(201);
  });
});

test('a HEAD has the headers of the stream, and opens none', async () => {
  const rig = await start();
  const screen = await rig.login();
  const { headers } = await rig.api.head(eventsOf(screen)).set(bearer(screen)).expect(200);
  expect(headers['content-type']).toBe('text/event-stream');
  expect(await metric(rig, 'push_resend_event_streams')).toBe(0);
  await rig.api
    .head(eventsOf({ challengeSid: `YC${'0'.repeat(32)}` }))
    .set(bearer(screen))
    .expect(404);
});

describe('more than', () => {
  test('three streams of a session end the oldest', async () => {
    const rig = await start();
    const screen = await rig.login();
    const streams = [await listen(rig, screen), await listen(rig, screen), await listen(rig, screen)];
    const newest = await listen(rig, screen);
    expect(newest.response.status).toBe(200);
    expect(await streams[0]?.ended).toBe('ended');
    expect(await metric(rig, 'push_resend_event_streams_ended_total{reason="replaced"}')).toBe(1);
    expect(await metric(rig, 'push_resend_event_streams')).toBe(3);
    streams[1]?.hangUp();
    await expect.poll(() => metric(rig, 'push_resend_event_streams_ended_total{reason="hung-up"}')).toBe(1);
    await listen(rig, screen);
    expect(await metric(rig, 'push_resend_event_streams_ended_total{reason="replaced"}')).toBe(1);
  });

  test('the streams of an instance are refused', async () => {
    const rig = await start({ EVENTS_MAX_STREAMS: '2' });
    for (let user = 0; user < 2; user++) await listen(rig, await rig.login());
    const { response } = await listen(rig, await rig.login());
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('15');
    expect(await metric(rig, 'push_resend_event_streams_refused_total')).toBe(1);
  });

  test('a stream that was refused for its Challenge keeps no place', async () => {
    const rig = await start({ EVENTS_MAX_STREAMS: '1' });
    const screen = await rig.login({ isUnbound: true });
    const unknown = { challengeSid: `YC${'0'.repeat(32)}` };
    await rig.api.get(eventsOf(unknown)).set(bearer(screen)).expect(404);
    expect((await listen(rig, screen)).response.status).toBe(200);
  });
});

describe('ends', () => {
  test('with its session, at the next heartbeat', async () => {
    const rig = await start({ EVENTS_HEARTBEAT_SECONDS: '1' });
    const screen = await rig.login();
    const stream = await listen(rig, screen);
    await expect.poll(stream.heartbeats).toBeGreaterThan(0);
    await rig.ops
      .delete(`/internal/v1/sessions/${screen.sessionId}`)
      .set('authorization', `Bearer ${rig.apiKey}`)
      .expect(204);
    expect(await stream.ended).toBe('ended');
    expect(await metric(rig, 'push_resend_event_streams_ended_total{reason="session-ended"}')).toBe(1);
  });

  test('at once when the instance drains, which does not wait for it', async () => {
    const rig = await start();
    const streams = [await listen(rig, await rig.login()), await listen(rig, await rig.login())];
    const startedAt = performance.now();
    expect(await rig.drain.drain(15_000)).toBe(0);
    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(['ended', 'ended']);
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(await metric(rig, 'push_resend_event_streams_ended_total{reason="drain"}')).toBe(2);
  });
});

test('an open stream is no running request, and its request was over when it opened', async () => {
  const rig = await start();
  const screen = await rig.login();
  const stream = await listen(rig, screen);
  expect(await metric(rig, 'push_resend_event_streams')).toBe(1);
  expect(await metric(rig, 'push_resend_requests_in_flight')).toBe(1); // the scrape
  const labels = 'surface="public",method="GET",route="/v1/challenges/:challengeSid/events",status="2xx"';
  expect(await metric(rig, `push_resend_http_request_duration_seconds_count{${labels}}`)).toBe(1);
  await screen.respond('approved');
  rig.wait(2);
  await stream.ended;
  await expect.poll(() => rig.logged()).toContain('events.ended');
  const lines = rig
    .logged()
    .split('\n')
    .filter((line) => line.includes('/events"') || line.includes('events.ended'));
  const [request, end] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toHaveLength(2);
  expect(request).toMatchObject({ event: 'request', status: 200, msg: 'answered' });
  expect(request).not.toHaveProperty('hasHungUp');
  expect(end).toMatchObject({ reason: 'over', sent: 2, requestId: request?.['requestId'], user: request?.['user'] });
  expect(await metric(rig, 'push_resend_requests_in_flight')).toBe(1);
  expect(await metric(rig, `push_resend_http_request_duration_seconds_count{${labels}}`)).toBe(1);
  expect(await metric(rig, 'push_resend_events_sent_total')).toBe(2);
});

test('a client of HTTP/1.0 that hangs up in the middle of the first look leaves nothing behind', async () => {
  const rig = await start({ TWILIO_FETCH_DEADLINE_MS: '10000', RESEND_LEASE_SECONDS: '60' });
  const screen = await rig.login();
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 5000, times: 1 });
  const socket = connect(rig.ports.public, '127.0.0.1');
  socket.write(`GET ${eventsOf(screen)} HTTP/1.0\r\nAuthorization: Bearer ${screen.token}\r\n\r\n`);
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(2);
  socket.destroy();
  const hungUp = () => metric(rig, 'push_resend_event_streams_ended_total{reason="hung-up"}');
  await expect.poll(hungUp).toBe(1);
  expect(await metric(rig, 'push_resend_requests_in_flight')).toBe(1);
  expect(await metric(rig, 'push_resend_event_streams')).toBe(0);
});

test('requests that are pipelined behind a stream are over when their connection is lost', async () => {
  const rig = await start();
  const screen = await rig.login();
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${screen.token}\r\n\r\n`;
  const look = ask(`/v1/challenges/${screen.challengeSid}`);
  const socket = connect(rig.ports.public, '127.0.0.1');
  socket.write(ask(eventsOf(screen)));
  await expect.poll(() => metric(rig, 'push_resend_event_streams')).toBe(1);
  socket.write(look + look + look);
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(4);
  socket.destroy();
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(1);
  const hungUp = rig.logged().match(/"route":"\/v1\/challenges\/:challengeSid","status":200.*"hasHungUp":true/g);
  expect(hungUp).toHaveLength(3);
  expect(await rig.drain.drain(15_000)).toBe(0);
});

test.each([
  ['a stranger', 2, (path: string) => `GET ${path} HTTP/1.1\r\nHost: api\r\n\r\n`],
  [
    'somebody',
    8,
    (path: string, token: string) => `GET ${path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  ],
])('a stream ends when %s asks behind it for more than is let in', async (_, more, ask) => {
  const rig = await start({ EVENTS_HEARTBEAT_SECONDS: '60' });
  const screen = await rig.login();
  const look = ask(`/v1/challenges/${screen.challengeSid}`, screen.token);
  const socket = connect(rig.ports.public, '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined).resume();
  socket.write(`GET ${eventsOf(screen)} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${screen.token}\r\n\r\n`);
  await expect.poll(() => metric(rig, 'push_resend_event_streams')).toBe(1);
  for (let asked = 0; asked < more; asked++) {
    socket.write(look);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await closed;
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(1);
  expect(await metric(rig, 'push_resend_event_streams')).toBe(0);
});

test('a request that is answered after its pipelined connection was lost is over, too', async () => {
  const rig = await start();
  const screen = await rig.login();
  const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer ${screen.token}\r\n\r\n`;
  const socket = connect(rig.ports.public, '127.0.0.1');
  socket.write(ask(eventsOf(screen)));
  await expect.poll(() => metric(rig, 'push_resend_event_streams')).toBe(1);
  rig.wait(2);
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 1500, times: 2 });
  socket.write(ask(`/v1/challenges/${screen.challengeSid}`));
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(2);
  socket.destroy();
  await expect.poll(() => metric(rig, 'push_resend_requests_in_flight')).toBe(1);
  expect(rig.logged()).toMatch(/"route":"\/v1\/challenges\/:challengeSid".*"hasHungUp":true/);
});
