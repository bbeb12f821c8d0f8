/** What a request is made of besides its credential: headers, addresses, bodies, and the errors that come of them. */
import 'reflect-metadata';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import fc from 'fast-check';
import { expect } from 'vitest';
import { PublicProblemFilter, rawProblem } from '@nest/answers/problem.filter.js';
import { HttpProblem, PROBLEMS, type ProblemCode } from '@nest/answers/problems.js';
import { CheckedPipe } from '@nest/input/checked.pipe.js';
import { mediaTypeOf } from '@nest/input/media-type.js';
import { AuditEventsQuery } from '@nest/internal/audit-events.controller.js';
import { EndBlock, ResetLimits, SetBlock } from '@nest/internal/limits.controller.js';
import { IdentityChallengeParams, ResendOnBehalf } from '@nest/internal/notifications.controller.js';
import { attributed } from '@nest/internal/on-behalf.js';
import { SetPause } from '@nest/internal/pause.controller.js';
import { RegisterSession, SessionParams } from '@nest/internal/sessions.controller.js';
import type { Parts } from '@nest/parts/parts.js';
import { DEFAULT_POLICY } from '@nest/parts/defaults.js';
import { CHECKED_PARAMS, ChallengeParams, ResendBody } from '@nest/public/challenges.controller.js';
import { TrustedOrigins } from '@nest/public/trusted-origins.js';
import { CONTEXT, givenRequestId, type HttpRequest, type HttpResponse } from '@nest/requests/request-context.js';
import { addressOf, withoutPort } from '@nest/throttling/client-address.js';
import { traceParent } from '@telemetry/tracing/trace-parent.js';
import { isAddressRange } from '@settings/addresses.js';
import { Cors } from '../../apps/resend/src/http/cors.js';
import { objectionTo } from '../../apps/resend/src/http/request-checks.js';
import { trustIn } from '../../apps/resend/src/http/trusted-proxies.js';
import { fuzz } from './fuzz.js';
import { anyText, anyThrown, CANARY, jsonValue, recordOf, spoilt, thrownBy } from './inputs.js';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();
const withPort = (address: string, port: number) =>
  isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
/** The bits of an IPv4 address. */
const bitsOf = (address: string) =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');

const ranges = [
  'application/json',
  'application/*',
  '*/*',
  'text/html',
  'application/problem+json',
  'text/event-stream',
];
const accepted = fc.array(
  fc.tuple(
    fc.constantFrom(...ranges),
    fc.constantFrom('', ';q=0', ';q=0.5', '; charset=utf-8', ';a="b,c;q=0"', ' ; Q=1'),
  ),
  { maxLength: 4 },
);
const checked = (
  headers: Readonly<Record<string, string | undefined>>,
  url = '/v1/challenges/x',
  rawHeaders?: string[],
) =>
  objectionTo({
    raw: { url, httpVersion: '1.1', headers: { host: 'x' }, rawHeaders: rawHeaders ?? ['Host', 'x'] },
    headers,
    routeOptions: { url },
  } as unknown as FastifyRequest);

const SID = `YC${'a1'.repeat(16)}`;
const reason = fc.constantFrom('a reason', 'ein Grund', '\u202ehidden', ' ', 'x'.repeat(281), 'eyJhbGciOiJub25lIn0');
const identity = fc.constantFrom('user-7c9e6679f74b', 'AC00000000000000000000000000000000', 'short');
const seconds = fc.constantFrom(0, 1, -1, 1.5, 60, 300, 301, 86_400, 604_801, 7_776_001);
const CLASSES: readonly [new () => object, Readonly<Record<string, fc.Arbitrary<unknown>>>][] = [
  [ChallengeParams, { challengeSid: fc.constantFrom(SID, `${SID}\n`, SID.slice(1)) }],
  [ResendBody, { ttl: seconds }],
  [RegisterSession, { identity, challengeSid: fc.constant(SID), expiresInSeconds: seconds }],
  [SessionParams, { id: fc.constantFrom('0'.repeat(32), 'x') }],
  [ResetLimits, { reason, reference: fc.constantFrom('case-1', 'a b', 'x'.repeat(65)) }],
  [SetBlock, { reason, expiresInSeconds: seconds }],
  [EndBlock, { reason }],
  [IdentityChallengeParams, { identity, challengeSid: fc.constant(SID) }],
  [ResendOnBehalf, { dryRun: fc.boolean(), ttl: seconds, reason }],
  [SetPause, { paused: fc.boolean(), reason, expiresInSeconds: seconds }],
  [
    AuditEventsQuery,
    { identity, type: fc.constant('resend.sent'), limit: fc.constant('50'), before: fc.constant('1-1') },
  ],
];
const input = fc.nat({ max: CLASSES.length - 1 }).chain((index) => {
  const [checkedClass, members] = CLASSES[index] ?? [ResendBody, {}];
  return fc.record({
    checkedClass: fc.constant(checkedClass),
    names: fc.constant(Object.keys(members)),
    value: recordOf(members),
    type: fc.constantFrom('body' as const, 'param' as const, 'query' as const),
  });
});

/** An answer, instead of what writes it. */
class Answer implements HttpResponse {
  code = 0;
  body = '';
  readonly headers: Record<string, string> = {};
  status(code: number) {
    this.code = code;
    return this;
  }
  header(name: string, value: string) {
    this.headers[name] = value;
    return this;
  }
  send(body: string) {
    this.body = body;
  }
  getHeaders() {
    return this.headers;
  }
}

const logged: string[] = [];
const log = { debug: () => undefined, error: (line: object) => void logged.push(JSON.stringify(line)) };
const counter = { inc: () => undefined };
const filter = new PublicProblemFilter({
  sessions: { scheme: 'Bearer' },
  metrics: { sessionsRefused: counter },
  drain: {},
  log,
  policy: DEFAULT_POLICY,
  problemBaseUri: 'urn:push-resend:problem:',
} as unknown as Parts);

/** Every problem: its head and body fit together, and say nothing but what the table has. */
function expectProblem(status: number, body: string): void {
  const problem = JSON.parse(body) as { code: ProblemCode; status: number; detail: string; requestId: string };
  expect(PROBLEMS).toHaveProperty(problem.code);
  expect([status, problem.status]).toEqual(Array(2).fill(PROBLEMS[problem.code].status));
  expect(problem.requestId).toBe('the-request');
  expect(body).not.toContain(CANARY);
}

const given = { [CONTEXT]: { requestId: 'the-request', actor: 'key:support', twilio: [] }, headers: {}, params: {} };
const asRequest = (more: object) => ({ ...given, ...more }) as unknown as HttpRequest;

fuzz('http', {
  'a media type is a word in lower case, and reads the same again': fc.property(
    spoilt(fc.constantFrom('application/json', 'Application/JSON; charset=utf-8', ' text/html ;a=b')),
    (type) => {
      const found = mediaTypeOf({ headers: { 'content-type': type } }) ?? '';
      expect(found).toBe(found.trim().toLowerCase());
      expect(found).not.toContain(';');
      expect(mediaTypeOf({ headers: { 'content-type': found } })).toBe(found);
      expect(mediaTypeOf({ headers: { 'content-type': ` ${type};x=y` } })).toBe(found);
    },
  ),

  'an address is the same with its port, and mapped into IPv6, and IPv6 counts by its network': fc.property(
    fc.oneof(ipv4, ipv6),
    fc.integer({ min: 0, max: 65_535 }),
    (address, port) => {
      expect(withoutPort(withPort(address, port))).toBe(address);
      const counted = addressOf({ ip: address });
      expect(addressOf({ ip: withPort(address, port) })).toBe(counted);
      if (isIP(address) === 4) {
        expect(counted).toBe(address);
        expect(addressOf({ ip: `::ffff:${address}` })).toBe(address);
      } else expect(isIP(counted.replace(/\/64$/, ''))).not.toBe(0);
    },
  ),

  'whatever X-Forwarded-For has, an address is counted: that of the socket, if there is no other': fc.property(
    fc.array(fc.oneof(spoilt(ipv4), spoilt(ipv6), anyText), { maxLength: 5 }),
    (entries) => {
      const ips = ['10.0.0.1', ...entries];
      const counted = addressOf({ ip: ips.at(-1) ?? '', ips, socket: { remoteAddress: '10.0.0.1' } });
      expect(isIP(counted.replace(/\/64$/, ''))).not.toBe(0);
      const last = entries.map(withoutPort).findLast((entry) => isIP(entry) !== 0);
      expect(counted).toBe(addressOf({ ip: last ?? '10.0.0.1' }));
    },
  ),

  'a range has the addresses that share its first bits, in every spelling': fc.property(
    ipv4,
    ipv4,
    fc.integer({ min: 1, max: 32 }),
    (range, address, bits) => {
      const isTrusted = trustIn([`${range}/${bits}`]);
      const isInside = bitsOf(address).slice(0, bits) === bitsOf(range).slice(0, bits);
      for (const spelling of [address, `${address}:80`, `::ffff:${address}`, `[::ffff:${address}]:80`]) {
        expect(isTrusted(spelling)).toBe(isInside);
      }
      expect(isTrusted(range)).toBe(true);
    },
  ),

  'any range that the settings accept can be used, and trusts nothing that is no address': fc.property(
    spoilt(
      fc.oneof(
        fc.tuple(fc.oneof(ipv4, ipv6), fc.nat({ max: 129 })).map((both) => both.join('/')),
        ipv4,
        ipv6,
      ),
    ),
    fc.oneof(anyText, spoilt(ipv4), spoilt(ipv6)),
    (range, entry) => {
      const isTrusted = trustIn(isAddressRange(range) ? [range] : ['127.0.0.0/8']);
      if (isIP(withoutPort(entry)) === 0) expect(isTrusted(entry)).toBe(false);
      else expect(typeof isTrusted(entry)).toBe('boolean');
    },
  ),

  'a traceparent is read as it was written, and no other text is one': fc.property(
    fc.stringMatching(/^[0-9a-f]{32}$/),
    fc.stringMatching(/^[0-9a-f]{16}$/),
    fc.integer({ min: 0, max: 255 }),
    anyText,
    (traceId, spanId, flags, more) => {
      const end = flags.toString(16).padStart(2, '0');
      const header = `00-${traceId}-${spanId}-${end}`;
      const isNone = /^0+$/.test(traceId) || /^0+$/.test(spanId);
      expect(traceParent(header)).toEqual(isNone ? undefined : { traceId, spanId, isSampled: flags % 2 === 1 });
      if (more !== '') expect(traceParent(header + more)).toBeUndefined();
      expect(traceParent(header.toUpperCase())).toEqual(/[a-f]/.test(header) ? undefined : traceParent(header));
    },
  ),

  'a traceparent of any text has ids in hexadecimal, or is none': fc.property(
    fc.oneof(spoilt(fc.constant(`00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`)), jsonValue()),
    (header) => {
      const found = traceParent(header);
      if (found === undefined) return;
      expect(found.traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
      expect(found.spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
      expect(String(header).slice(3, 52)).toBe(`${found.traceId}-${found.spanId}`);
    },
  ),

  'a Request-Id is taken as it is, if it is one word': fc.property(
    spoilt(fc.stringMatching(/^[A-Za-z0-9_-]{6,70}$/)),
    (id) => {
      const isWord = id.length >= 8 && id.length <= 64 && !/[^A-Za-z0-9_-]/.test(id);
      expect(givenRequestId({ 'request-id': id })).toBe(isWord ? id : undefined);
    },
  ),

  'a cookie counts for our own site and those that are named, and for no other': fc.property(
    fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS'),
    fc.option(fc.oneof(spoilt(fc.constantFrom('https://login.example.com', 'https://app.example.com', 'null'))), {
      nil: undefined,
    }),
    fc.option(fc.oneof(spoilt(fc.constantFrom('same-origin', 'same-site', 'cross-site', 'none'))), { nil: undefined }),
    (method, origin, site) => {
      const origins = new TrustedOrigins('https://login.example.com', ['https://app.example.com']);
      const headers = {
        ...(origin !== undefined && { origin }),
        ...(site !== undefined && { 'sec-fetch-site': site }),
      };
      const isLook = method === 'GET' || method === 'HEAD';
      const isNamed = origin === 'https://app.example.com';
      const isOwn = site === 'same-origin' || (site === undefined && origin === 'https://login.example.com');
      const isTyped = isLook && (site === 'none' || (site === undefined && origin === undefined));
      expect(origins.allow({ method, headers } as HttpRequest)).toBe(isNamed || isOwn || isTyped);
    },
  ),

  'CORS names no origin but those of the settings': fc.property(
    fc.oneof(spoilt(fc.constantFrom('https://app.example.com', 'null', '*'))),
    (origin) => {
      const cors = new Cors({ origins: new Set(['https://app.example.com']), headers: [], withCredentials: true });
      const { 'Access-Control-Allow-Origin': allowed } = cors.headersFor({ headers: { origin } });
      expect(allowed).toBe(origin === 'https://app.example.com' ? origin : undefined);
    },
  ),

  'Accept allows JSON or does not, whatever the case of its letters and its parameters': fc.property(
    accepted,
    fc.constantFrom(',', ', ', ' , '),
    (list, separator) => {
      const accept = list.map((pair) => pair.join('')).join(separator);
      const objection = checked({ accept });
      if (objection) expect(objection.code).toBe('not-acceptable');
      expect(checked({ accept: accept.toUpperCase() })?.code).toBe(objection?.code);
      const isRefused = (range: string) => range.includes('q=0') && !range.includes('q=0.') && !range.includes('"');
      const served = list.filter(([range]) => ['application/json', 'application/problem+json'].includes(range));
      if (served.length > 0 && served.every(([, more]) => !isRefused(more))) expect(objection).toBeUndefined();
      if (list.length > 0 && list.every(([range]) => range.startsWith('text/'))) expect(objection).toBeDefined();
    },
  ),

  'any Accept, Content-Encoding, path and Host is let in, or refused by one of the codes of HTTP': fc.property(
    spoilt(accepted.map((list) => list.map((pair) => pair.join('')).join())),
    fc.option(spoilt(fc.constantFrom('gzip', 'identity', ', identity ,')), { nil: undefined }),
    fc.oneof(anyText, fc.constant('/'.repeat(2049))),
    fc.constantFrom(['Host', 'x'], ['Host', 'x', 'HOST', 'y'], ['X', 'host']),
    (accept, encoding, url, rawHeaders) => {
      const code = checked({ accept, 'content-encoding': encoding }, url, [...rawHeaders])?.code;
      expect([undefined, 'uri-too-long', 'invalid-request', 'unsupported-media-type', 'not-acceptable']).toContain(
        code,
      );
      if (url.length > 2048) expect(code).toBe('uri-too-long');
      else expect(code === 'invalid-request').toBe(rawHeaders[0] !== 'Host' || rawHeaders.length > 2);
    },
  ),

  'a body, a path or a query of any shape has declared properties alone, or each error has its pointer': fc.property(
    input,
    ({ checkedClass, names, value, type }) => {
      const before = JSON.stringify(value);
      const run: { result?: object } = {};
      const error = thrownBy(() => (run.result = new CheckedPipe(checkedClass).transform(value, { type })));
      expect(JSON.stringify(value)).toBe(before);
      if (error === undefined) {
        expect(run.result).toBeInstanceOf(checkedClass);
        expect(Object.getPrototypeOf(run.result)).toBe(checkedClass.prototype);
        for (const name of Object.keys(run.result ?? {})) expect(names).toContain(name);
        return;
      }
      expect(error).toBeInstanceOf(HttpProblem);
      const { code, details } = error as HttpProblem;
      expect(code).toBe('invalid-request');
      expect(details.errors?.length).toBeGreaterThan(0);
      for (const { pointer, message } of details.errors ?? []) {
        expect(pointer).toMatch(/^(\/|$)/);
        expect(message).toMatch(/^[a-zA-Z]/);
      }
    },
  ),

  'the short cut for a plain path decides as the whole check does': fc.property(
    recordOf({ challengeSid: fc.constantFrom(SID, SID.toLowerCase(), `${SID}\n`) }),
    (value) => {
      const outcome = (pipe: CheckedPipe) => {
        try {
          return JSON.stringify(pipe.transform(value, { type: 'param' }));
        } catch (error) {
          return JSON.stringify((error as HttpProblem).details);
        }
      };
      expect(outcome(CHECKED_PARAMS)).toBe(outcome(new CheckedPipe(ChallengeParams)));
    },
  ),

  'a reason never names the user, however it hides the name': fc.property(
    fc.stringMatching(/^[a-z0-9]{4,8}-[a-z0-9]{4,8}$/),
    fc.array(fc.constantFrom('\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad', ''), { minLength: 1, maxLength: 20 }),
    fc.boolean(),
    anyText,
    (name, invisible, isLoud, around) => {
      const letters = Array.from(isLoud ? name.toUpperCase() : name);
      const hidden = letters.map((letter, index) => letter + (invisible[index % invisible.length] ?? '')).join('');
      const error = thrownBy(() => attributed(asRequest({}), { reason: `${around}${hidden}${around}` }, name));
      expect(error).toMatchObject({ code: 'invalid-request', details: { errors: [{ pointer: '/reason' }] } });
    },
  ),

  'whatever is thrown becomes a problem of the table, and quotes none of it': fc.property(
    fc.oneof(
      anyThrown,
      fc.constantFrom(...(Object.keys(PROBLEMS) as ProblemCode[])).map((code) => new HttpProblem(code)),
      fc.integer({ min: 100, max: 999 }).map((status) => ({ status, message: CANARY })),
      anyText.map((text) => Object.assign(new Error(text + CANARY), { statusCode: 400, code: `FST_${CANARY}` })),
    ),
    (thrown) => {
      const answer = new Answer();
      filter.answer(thrown, asRequest({}), answer);
      expectProblem(answer.code, answer.body);
      expect(answer.headers['Content-Type']).toBe('application/problem+json');
      for (const value of Object.values(answer.headers)) expect(value).toMatch(/^[ -~]*$/);
      expect(logged.splice(0).join()).not.toContain(CANARY);
    },
  ),

  'an answer to malformed HTTP is a whole HTTP response': fc.property(
    fc.constantFrom(...(Object.keys(PROBLEMS) as ProblemCode[])),
    (code) => {
      const [head = '', body = ''] = rawProblem(code, 'the-request', 'urn:x:').split('\r\n\r\n');
      expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}\r\n`);
      expectProblem(Number(head.split(' ')[1]), body);
    },
  ),
});
