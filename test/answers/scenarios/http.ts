import { METHODS } from 'node:http';
import { type Message, type Parts, raw, request } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login } from '../steps.js';

const HOST = 'Host: push-resend.test\r\n';

/** Paths that are odd on every port; SEEN is one that is served there. */
const oddPaths = (seen: string): Readonly<Record<string, string>> => ({
  'the root': '/',
  'a path that nobody serves': '/v1/nothing',
  'a slash at the end': `${seen}/`,
  'two slashes at the beginning': `/${seen}`,
  'two slashes within': seen.replace('/v1/', '/v1//'),
  'dots that climb': `/x/..${seen}`,
  'dots that climb, escaped': `/x/%2e%2e${seen}`,
  'a letter escaped': seen.replace('v1', '%761'),
  'a slash escaped': seen.replace('/v1/', '/v1%2F'),
  'upper case': seen.replace('v1', 'V1'),
  'a query': `${seen}?a=1&a=2&__proto__=1`,
  'a query alone': `${seen}?`,
  'a fragment': `${seen}#here`,
  'a semicolon': `${seen};a=1`,
  'a malformed escape': '/%zz',
  'a malformed escape in the query': `${seen}?a=%zz`,
  'a malformed escape in a part that is served': `${seen}%zz`,
  'half an escape': `${seen}%`,
  'a byte that is no UTF-8': '/%ff',
  'a zero byte': `${seen}%00`,
  'a backslash': seen.replaceAll('/', '%5C'),
  '2,048 characters': `${seen}?${'a'.repeat(2047 - lengthOf(seen))}`,
  '2,049 characters': `${seen}?${'a'.repeat(2048 - lengthOf(seen))}`,
  '3,000 characters that nobody serves': `/${'a'.repeat(2999)}`,
  'an absolute address': `http://push-resend.test${seen}`,
  'an absolute address of another host': `http://elsewhere.test${seen}`,
  'an asterisk': '*',
  'no slash': 'nothing',
});

/** Of a target, with a Challenge SID of 34 characters in the place of its name. */
function lengthOf(target: string): number {
  return target.replace('<challenge>', 'YC'.padEnd(34, '0')).length;
}

const ACCEPTS: Readonly<Record<string, string>> = {
  JSON: 'application/json',
  anything: '*/*',
  'any application': 'application/*',
  problems: 'application/problem+json',
  'JSON with a quality': 'text/html, application/json;q=0.1',
  'JSON with a charset': 'application/json; charset=utf-8',
  'JSON in upper case': 'APPLICATION/JSON',
  nothing: '',
  HTML: 'text/html',
  'JSON with a quality of 0': 'application/json;q=0',
  'almost JSON': 'application/jsonx',
  nonsense: 'nonsense',
};

export interface Served {
  readonly port: Message['port'];
  /** A path that GET is served on. */
  readonly path: string;
  /** What opens it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Other paths, to be asked with every method. */
  readonly paths: Readonly<Record<string, string>>;
}

/** HTTP itself, well-formed and not, on one of the ports. */
export function httpOn({ port, path, headers, paths }: Served): Scenario[] {
  const get = (more: Parts['headers'] = {}) => request(port, `GET ${path}`, { headers: { ...headers, ...more } });
  const opened = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  const bytes = (text: string) => raw(port, text);
  return [
    ...Object.entries({ 'what is served': path, ...paths }).map(([label, target]) => ({
      name: `every method on ${label} (${port})`,
      steps: [
        login(),
        ...METHODS.filter((method) => method !== 'CONNECT').map((method) =>
          ask(method, request(port, `${method} ${target}`, { headers })),
        ),
        ask('PUT with a body that is no JSON', request(port, `PUT ${target}`, { headers, body: '{' })),
        ask('a method that nobody knows', request(port, `NOTHING ${target}`, { headers })),
        ask('a method in lower case', request(port, `get ${target}`, { headers })),
      ],
    })),
    {
      name: `paths (${port})`,
      steps: [
        login(),
        ...askEach(oddPaths(path), (target) => request(port, `GET ${target}`, { headers })),
        ask('a malformed escape by POST with a body', request(port, 'POST /%zz', { headers, body: '{}' })),
      ],
    },
    {
      name: `headers (${port})`,
      steps: [
        login(),
        ...askEach(
          ACCEPTS,
          (accept) => get({ Accept: accept }),
          (label) => `an Accept of ${label}`,
        ),
        ask('an Accept of HTML where nothing is', request(port, 'GET /nothing', { headers: { Accept: 'text/html' } })),
        ask('a Request-Id of its own', get({ 'Request-Id': 'screen-0001' })),
        ask('a Request-Id that is too short', get({ 'Request-Id': 'short' })),
        ask('a Request-Id of other letters', get({ 'Request-Id': 'screen 0001' })),
        ask('a traceparent', get({ traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` })),
        ask('a connection that shall close', get({ Connection: 'close' })),
        ask('a method to override', get({ 'X-HTTP-Method-Override': 'DELETE' })),
        ask('forwarded addresses', get({ 'X-Forwarded-For': '1.2.3.4', 'X-Forwarded-Host': 'elsewhere.test' })),
        ask('a wish to upgrade', get({ Connection: 'Upgrade', Upgrade: 'websocket' })),
        ask('an expectation that nobody knows', get({ Expect: 'the-unexpected' })),
        ask('a part of the answer', get({ Range: 'bytes=0-1' })),
        ask('only if it has changed', get({ 'If-None-Match': '*' })),
        ask('an encoding that it would take', get({ 'Accept-Encoding': 'gzip, br' })),
        ask('a body with GET', request(port, `GET ${path}`, { headers, body: '{}' })),
        ask('an Origin', get({ Origin: 'https://elsewhere.test' })),
      ],
    },
    {
      name: `bytes (${port})`,
      steps: [
        login(),
        ask('no Host', bytes(`GET ${path} HTTP/1.1\r\n${opened}\r\n`)),
        ask('two Hosts', bytes(`GET ${path} HTTP/1.1\r\n${HOST}${HOST}${opened}\r\n`)),
        ask('an empty Host', bytes(`GET ${path} HTTP/1.1\r\nHost:\r\n${opened}\r\n`)),
        ask('HTTP/1.0', bytes(`GET ${path} HTTP/1.0\r\n${opened}\r\n`)),
        ask('HTTP/1.0 that stays', bytes(`GET ${path} HTTP/1.0\r\nConnection: keep-alive\r\n${opened}\r\n`)),
        ask('HTTP/2.0', bytes(`GET ${path} HTTP/2.0\r\n${HOST}\r\n`)),
        ask('HTTP/0.9', bytes(`GET ${path}\r\n\r\n`)),
        ask('the preface of HTTP/2', bytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')),
        ask('no HTTP', bytes('this is not http\r\n\r\n')),
        ask('TLS', bytes('\u0016\u0003\u0001\r\n\r\n')),
        ask('a header without a colon', bytes(`GET ${path} HTTP/1.1\r\n${HOST}nonsense\r\n\r\n`)),
        ask('a header with a blank in its name', bytes(`GET ${path} HTTP/1.1\r\n${HOST}X Y: 1\r\n\r\n`)),
        ask('a header with a zero byte', bytes(`GET ${path} HTTP/1.1\r\n${HOST}X-Y: \u0000\r\n\r\n`)),
        ask('a line without a carriage return', bytes(`GET ${path} HTTP/1.1\n${HOST}\r\n`)),
        ask('headers of 32 KiB', bytes(`GET ${path} HTTP/1.1\r\n${HOST}X-Large: ${'a'.repeat(32_768)}\r\n\r\n`)),
        ask('an address of 32 KiB', bytes(`GET /${'a'.repeat(32_768)} HTTP/1.1\r\n${HOST}\r\n`)),
        ask('2,000 headers', bytes(`GET ${path} HTTP/1.1\r\n${HOST}${'A: 1\r\n'.repeat(2000)}\r\n`)),
        ask('CONNECT', bytes(`CONNECT push-resend.test:443 HTTP/1.1\r\n${HOST}\r\n`)),
        ask('a line before the request', bytes(`\r\nGET /nothing HTTP/1.1\r\n${HOST}\r\n`)),
      ],
    },
  ];
}
