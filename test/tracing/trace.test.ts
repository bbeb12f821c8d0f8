import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import { redisUrl } from '../support/redis.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';
import { keptTracing } from './spans.js';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const ROUTE = '/v1/challenges/:challengeSid/notifications';

const { tracing, kept, ofTrace } = keptTracing();
let rig: Rig;
beforeAll(async () => {
  const environment = {
    REDIS_URL: redisUrl(),
    REDIS_KEY_PREFIX: `tracing-${process.pid}:`,
    RESEND_COALESCE_SECONDS: '0',
  };
  rig = await startRig(environment, {}, tracing);
});
afterAll(() => rig.close());

let traces = 0;
/** A tap in a trace of its own, and its spans, once the server's has ended. */
async function tapped(screen: Screen, headers: Record<string, string> = {}) {
  const traceId = (++traces).toString(16).padStart(32, 'a');
  const answer = await screen.tap().set({ traceparent: `00-${traceId}-${SPAN_ID}-01`, ...headers });
  const server = () => ofTrace(traceId).find(({ kind }) => kind === SpanKind.SERVER);
  await expect.poll(server).toBeDefined();
  return { traceId, answer, spans: ofTrace(traceId), server: server() as ReadableSpan };
}

test('a tap is one trace: every step belongs to the request, in the order of the story', async () => {
  const { answer, spans, server } = await tapped(await rig.login());
  expect(answer.status).toBe(201);
  expect(spans.map(({ name }) => name)).toEqual([
    `POST ${ROUTE}`,
    'ledger reserve',
    'twilio fetchChallenge',
    'ledger dispatch',
    'twilio createNotification',
    'ledger settle',
  ]);
  const [, ...steps] = spans;
  for (const step of steps) {
    expect(step.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect(step.kind).toBe(SpanKind.CLIENT);
    expect(step.status.code).toBe(SpanStatusCode.UNSET);
  }
  expect(server.parentSpanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true });
  expect(server.attributes).toEqual({
    'http.request.method': 'POST',
    'http.route': ROUTE,
    'http.response.status_code': 201,
    'url.scheme': 'http',
    'push_resend.decision': 'granted',
  });
  expect(steps.map(({ attributes }) => attributes)).toEqual([
    { 'db.system.name': 'redis', 'db.operation.name': 'reserve', 'push_resend.result': 'granted' },
    { 'peer.service': 'twilio-verify', 'push_resend.result': 'learnt', 'push_resend.twilio_code': 'ok' },
    { 'db.system.name': 'redis', 'db.operation.name': 'dispatch', 'push_resend.result': 'dispatched' },
    { 'peer.service': 'twilio-verify', 'push_resend.result': 'sent', 'push_resend.twilio_code': 'ok' },
    {
      'db.system.name': 'redis',
      'db.operation.name': 'settle',
      'push_resend.result': 'settled',
      'push_resend.settlement': 'sent',
    },
  ]);
});

test('a refused tap is no error, and says which limit said no', async () => {
  const screen = await rig.login();
  await screen.tap().expect(201);
  const { answer, spans, server } = await tapped(screen);
  expect(answer.status).toBe(429);
  expect(server.status.code).toBe(SpanStatusCode.UNSET);
  expect(server.attributes).toMatchObject({
    'push_resend.code': 'cooling-down',
    'push_resend.decision': 'cooling-down',
  });
  const [, reserve, ...more] = spans;
  expect(reserve).toMatchObject({ name: 'ledger reserve', attributes: { 'push_resend.result': 'cooling-down' } });
  expect(reserve?.status.code).toBe(SpanStatusCode.UNSET);
  expect(more).toEqual([]);
});

test('with Twilio failing the server and that step are errors, by a word of ours', async () => {
  const screen = await rig.login();
  await rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'error-json', times: 1 });
  const { answer, spans, server } = await tapped(screen);
  const code = (answer.body as { code: string }).code;
  expect(answer.status).toBeGreaterThanOrEqual(500);
  expect(server.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(server.attributes).toMatchObject({ 'error.type': code, 'push_resend.code': code });
  const fetch = spans.find(({ name }) => name === 'twilio fetchChallenge');
  expect(fetch?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(fetch?.attributes).toMatchObject({ 'error.type': code, 'push_resend.result': 'failed' });
  expect(spans.at(-1)?.attributes).toMatchObject({ 'push_resend.settlement': 'notSent' });
});

test('simultaneous taps do not mix their traces', async () => {
  const screens = await Promise.all(Array.from({ length: 8 }, () => rig.login()));
  const taps = await Promise.all(screens.map((screen) => tapped(screen)));
  for (const { answer, spans, server } of taps) {
    expect(answer.status).toBe(201);
    expect(spans).toHaveLength(6);
    const parents = spans.slice(1).map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(new Set(parents)).toEqual(new Set([server.spanContext().spanId]));
  }
});

test('the log has the same trace', async () => {
  const { traceId } = await tapped(await rig.login());
  expect(rig.logged()).toContain(`"traceId":"${traceId}"`);
});

test('without a caller to follow, a trace begins here, and the log names it', async () => {
  const screen = await rig.login();
  await screen.look().set('request-id', 'looked-without-a-trace').expect(200);
  const line = () => /^.*"requestId":"looked-without-a-trace".*"event":"request".*$/m.exec(rig.logged())?.[0];
  await expect.poll(line).toBeDefined();
  const { traceId } = JSON.parse(line() ?? '') as { traceId: string };
  const [server, look] = ofTrace(traceId);
  expect(server?.name).toBe('GET /v1/challenges/:challengeSid');
  expect(server?.parentSpanContext).toBeUndefined();
  expect(look).toMatchObject({ name: 'ledger look', attributes: { 'push_resend.result': 'ask' } });
});

test.each([
  `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  `ff-${TRACE_ID}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${SPAN_ID}-01-more`,
  `00-${TRACE_ID}-${SPAN_ID}`,
  `00-${TRACE_ID}-${SPAN_ID}-01, 00-${TRACE_ID}-${SPAN_ID}-01`,
  'nonsense',
])('a malformed traceparent begins a new trace: %j', async (traceparent) => {
  const before = kept.spans.length;
  await rig.api.get('/nothing').set({ traceparent }).expect(404);
  await expect.poll(() => kept.spans.length).toBe(before + 1);
  const [span] = kept.spans.slice(before);
  expect(span).toMatchObject({ name: 'GET', status: { code: SpanStatusCode.UNSET } });
  expect(span?.spanContext().traceId).not.toBe(TRACE_ID);
  expect(span?.parentSpanContext).toBeUndefined();
});

test('what orchestrators ask every few seconds makes no span', async () => {
  const before = kept.spans.length;
  for (const path of ['/livez', '/readyz', '/metrics']) await rig.ops.get(path).expect(200);
  expect(kept.spans).toHaveLength(before);
});

test('no span names a user, a Challenge, a Notification or a credential', async () => {
  const key = 'canary-key-of-tracing';
  const screens: Screen[] = [];
  const headers = { 'idempotency-key': key, tracestate: 'vendor=canary-of-tracestate', cookie: 'sid=canary-cookie' };
  for (const kind of ['error-json', 'accept-then-reset', 'unauthorized', 'html-success', 'problem-body']) {
    const screen = await rig.login({ identity: `canary-identity-${kind}-of-tracing` });
    screens.push(screen);
    await rig.simulate('POST', '/faults', { operation: 'createNotification', kind, times: 1 });
    const { server } = await tapped(screen, headers);
    expect(server.attributes['push_resend.code']).toBeDefined();
    await rig.api.get(`/v1/identities/${screen.identity}?token=${screen.token}`).expect(404);
  }
  const exported = JSON.stringify(
    kept.spans.map(({ name, attributes, events, links, status }) => ({ name, attributes, events, links, status })),
  );
  expect(exported.length).toBeGreaterThan(1000);
  const named = screens.flatMap(({ identity, token, challengeSid }) => [identity, token, challengeSid]);
  for (const secret of ['canary', ...named, rig.apiKey]) expect(exported).not.toContain(secret);
  expect(exported).not.toMatch(/(YC|NT|AC|VA|SK|YE|YF)[0-9a-f]{32}/);
});

describe('towards Twilio', () => {
  /** A Twilio that answers nothing useful, and what it was asked with. */
  async function listeningTwilio() {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers['traceparent'] as string | undefined);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"code":20404,"status":404}');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  async function tapAt(url: string, traceparent?: string, traced?: Tracing) {
    const other = await startRig({ TWILIO_BASE_URL: url }, {}, traced);
    onTestFinished(() => other.close());
    const screen = await other.login();
    const tap = screen.tap();
    if (traceparent !== undefined) void tap.set({ traceparent });
    await tap.expect(404);
  }

  test('traceparent names the span of that very call', async () => {
    const { seen, url } = await listeningTwilio();
    const traceId = 'b'.repeat(32);
    await tapAt(url, `00-${traceId}-${SPAN_ID}-01`, tracing);
    await expect.poll(() => ofTrace(traceId).map(({ name }) => name)).toContain('twilio fetchChallenge');
    const fetch = ofTrace(traceId).find(({ name }) => name === 'twilio fetchChallenge');
    expect(seen).toEqual([`00-${traceId}-${fetch?.spanContext().spanId}-01`]);
  });

  test('a trace that is not kept is passed on as such', async () => {
    const { seen, url } = await listeningTwilio();
    const none = keptTracing({ sampler: new AlwaysOffSampler() });
    await tapAt(url, `00-${TRACE_ID}-${SPAN_ID}-01`, none.tracing);
    expect(seen).toEqual([expect.stringMatching(new RegExp(`^00-${TRACE_ID}-[0-9a-f]{16}-00$`))]);
    expect(none.kept.spans).toEqual([]);
  });

  test.each([undefined, `00-${TRACE_ID}-${SPAN_ID}-01`])(
    'nothing is passed on while tracing is off: %j',
    async (given) => {
      const { seen, url } = await listeningTwilio();
      await tapAt(url, given);
      expect(seen).toEqual([undefined]);
    },
  );
});
