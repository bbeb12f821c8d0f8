/** Requests as bytes, well-formed and not. */
import fc from 'fast-check';
import { anyText, CANARY, jsonText, spoilt } from './inputs.js';

/** What a caller may know, and where it may put it. */
export interface Known {
  /** The first one is that of the session, for the first Challenge. */
  readonly tokens: readonly string[];
  readonly challengeSids: readonly string[];
  readonly identities: readonly string[];
}

/** What is written on one connection. */
export interface Written {
  readonly port: 'public' | 'private';
  /** Latin-1: one character is one byte. */
  readonly bytes: string;
  /** Where it is cut into pieces, modulo its length. */
  readonly cuts: readonly number[];
}

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'TRACE',
  'CONNECT',
  'QUERY',
  'PROPFIND',
  'get',
  'X',
];
const VERSIONS = [...Array<string>(12).fill('HTTP/1.1'), 'HTTP/1.0', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', ''];
const NAMES = [
  'Cookie',
  'Origin',
  'Accept',
  'Expect',
  'Connection',
  'Upgrade',
  'Range',
  'If-None-Match',
  'X-Twilio-Signature',
];

const bytes = (text: string) => Buffer.from(text).toString('latin1');
const word = anyText.map((text) => bytes(text).replaceAll(/[\r\n]/g, ''));

/** Any number of requests on one connection, most of them right in most of their parts. */
export function written({ tokens, challengeSids, identities }: Known): fc.Arbitrary<Written> {
  const [ownToken = ''] = tokens;
  const [ownSid = ''] = challengeSids;
  const sid = fc.oneof(
    { weight: 4, arbitrary: fc.constant(ownSid) },
    { weight: 1, arbitrary: fc.constantFrom(...challengeSids) },
    { weight: 1, arbitrary: spoilt(fc.constant(ownSid)) },
  );
  const identity = fc.oneof(fc.constantFrom(...identities), word);
  const ofChallenge = fc
    .tuple(sid, fc.constantFrom('', '/notifications', '/notifications', '/events', '/other'))
    .map(([one, end]) => `/v1/challenges/${one}${end}`);
  const elsewhere = fc.oneof(
    fc.constantFrom(
      '/webhooks/twilio/verify',
      '/livez',
      '/readyz',
      '/metrics',
      '/',
      '*',
      '/docs',
      '//',
      '/%',
      '/%00',
      'http://x/livez',
    ),
    fc
      .tuple(identity, fc.constantFrom('resend-state', 'block', 'resets'))
      .map(([who, end]) => `/internal/v1/identities/${who}/${end}`),
    fc.tuple(identity, sid).map(([who, one]) => `/internal/v1/identities/${who}/challenges/${one}/notifications`),
    fc
      .constantFrom('sessions', 'pause', 'audit-events?limit=5', 'audit-events?limit=5&limit=6', 'sessions/x')
      .map((end) => `/internal/v1/${end}`),
  );
  const path = fc.oneof(ofChallenge, elsewhere);
  const target = fc.oneof(
    { weight: 6, arbitrary: path },
    { weight: 1, arbitrary: fc.tuple(path, word).map((pair) => pair.join('?')) },
    { weight: 1, arbitrary: spoilt(path) },
    { weight: 1, arbitrary: path.map((one) => one + '/x'.repeat(1100)) },
  );
  const credential = fc.oneof(
    { weight: 8, arbitrary: fc.constant(`Bearer ${ownToken}`) },
    { weight: 2, arbitrary: fc.constantFrom(...tokens).map((token) => `Bearer ${token}`) },
    { weight: 1, arbitrary: spoilt(fc.constantFrom(...tokens)).map((token) => `Bearer ${token}`) },
    { weight: 1, arbitrary: fc.constantFrom(`Bearer ${CANARY}`, `Basic ${CANARY}`, `bearer  ${'x'.repeat(17_000)}`) },
  );
  const body = fc.oneof(
    jsonText(['ttl', 'reason', 'identity', 'challengeSid', 'expiresInSeconds', 'paused']),
    fc.constantFrom(
      '',
      '{}',
      '{"ttl":60}',
      `{"reason":"${CANARY}"}`,
      `{"${CANARY}":`,
      'type=challenge.approved&a=1',
      ' ',
      'x'.repeat(5000),
    ),
    word,
  );
  const header = fc.oneof(
    credential.map((value) => `Authorization: ${value}`),
    fc
      .constantFrom(
        'application/json',
        'application/json; charset=utf-8',
        'text/plain',
        'application/x-www-form-urlencoded',
        '',
      )
      .map((type) => `Content-Type: ${type}`),
    spoilt(fc.constant('press-0001-of-fuzz')).map((key) => `Idempotency-Key: ${key}`),
    fc.tuple(fc.constantFrom(...NAMES), word).map((pair) => pair.join(': ')),
    fc.constantFrom('100-continue', CANARY).map((what) => `Expect: ${what}`),
    fc.constantFrom(
      'Host: y',
      'Transfer-Encoding: chunked',
      'Content-Length: 0',
      'Content-Length: +5',
      'Content-Length: 99999',
      ' folded',
      ': nameless',
    ),
    fc.constantFrom(
      'X-Forwarded-For: 10.0.0.1',
      'Sec-Fetch-Site: cross-site',
      `Cookie: connect.sid=s%3A${CANARY}`,
      `X: ${'x'.repeat(25_000)}`,
      'X: \0',
    ),
    word,
  );
  const request = fc
    .record({
      method: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom('GET', 'POST') },
        { weight: 2, arbitrary: fc.constantFrom(...METHODS) },
      ),
      target: target.map(bytes),
      version: fc.constantFrom(...VERSIONS),
      host: fc.constantFrom('Host: x', 'Host: x', 'Host: x', 'host:x', ''),
      authorization: fc.option(credential, { freq: 8 }),
      headers: fc.array(header, { maxLength: 3 }),
      body: fc.option(body, { freq: 2 }),
      framing: fc.constantFrom('length', 'length', 'length', 'chunked', 'wrong', 'both', 'none'),
      isJson: fc.boolean(),
      end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
    })
    .map(({ method, target: to, version, host, authorization, headers, body: content, framing, isJson, end }) => {
      const payload = bytes(content ?? '');
      const lines = [
        `${method} ${to} ${version}`,
        host,
        authorization && `Authorization: ${authorization}`,
        ...headers,
      ];
      if (content !== null)
        lines.push(isJson ? 'Content-Type: application/json' : 'X: y', ...framed(framing, payload.length));
      const isChunked = framing === 'chunked' || framing === 'both';
      const size = payload.length.toString(16);
      const chunks = `${size};x=y\r\n${payload}\r\n${payload === '' ? '' : '0\r\nX-Trailer: z\r\n\r\n'}`;
      const head = lines.filter((line) => line !== '' && line !== null).join(end);
      return `${head}${end}${end}${content === null || !isChunked ? payload : chunks}`;
    });
  const edit = fc.record({ at: fc.nat(), drop: fc.nat({ max: 4 }), put: word });
  return fc
    .record({
      port: fc.constantFrom('public' as const, 'public' as const, 'private' as const),
      requests: fc.array(request, { minLength: 1, maxLength: 3 }),
      edits: fc.oneof(
        { weight: 3, arbitrary: fc.array(edit, { maxLength: 0 }) },
        { weight: 1, arbitrary: fc.array(edit, { maxLength: 3 }) },
      ),
      cuts: fc.array(fc.nat(), { maxLength: 3 }),
    })
    .map(({ port, requests, edits, cuts }) => {
      const text = edits.reduce((before, { at, drop, put }) => {
        const place = at % (before.length + 1);
        return before.slice(0, place) + put + before.slice(place + drop);
      }, requests.join(''));
      return { port, bytes: text, cuts };
    });
}

function framed(framing: string, length: number): string[] {
  const right = `Content-Length: ${length}`;
  if (framing === 'none') return [];
  if (framing === 'wrong') return [`Content-Length: ${length + 3}`];
  if (framing === 'length') return [right];
  return framing === 'both' ? ['Transfer-Encoding: chunked', right] : ['Transfer-Encoding: chunked'];
}
