import { raw, tap } from '../message.js';
import type { Scenario } from '../scene.js';
import { ask, askEach, login } from '../steps.js';

const JSON_BODIES: Readonly<Record<string, string>> = {
  'a ttl of -1': '{"ttl":-1}',
  'a ttl of 301': '{"ttl":301}',
  'a ttl of 1.5': '{"ttl":1.5}',
  'a ttl of 1e1000': '{"ttl":1e1000}',
  'a ttl in quotes': '{"ttl":"60"}',
  'a ttl of null': '{"ttl":null}',
  'a ttl of true': '{"ttl":true}',
  'a ttl in an array': '{"ttl":[60]}',
  'a ttl in an object': '{"ttl":{"seconds":60}}',
  'an unknown property': '{"identity":"somebody-else"}',
  'an unknown property beside a wrong ttl': '{"a/b~c":1,"ttl":"x"}',
  'a dry run, which phones have not': '{"dryRun":true}',
  'an array': '[]',
  'an array of bodies': '[{"ttl":60}]',
  'a number': '60',
  'a text': '"ttl"',
  true: 'true',
  'a __proto__': '{"__proto__":{"ttl":60}}',
  'a constructor with a prototype': '{"constructor":{"prototype":{"ttl":60}}}',
  'a constructor': '{"constructor":1}',
  'a hasOwnProperty': '{"hasOwnProperty":1}',
  'a __defineGetter__': '{"__defineGetter__":1}',
  'a toString and a valueOf': '{"toString":1,"valueOf":2}',
  'half a JSON': '{"ttl":',
  'JSON and more': '{} {}',
  'a byte order mark': '\uFEFF{"ttl":60}',
  'deep arrays': `${'['.repeat(1500)}${']'.repeat(1500)}`,
  'other letters': '{"tlë":1}',
};

/** Each is as good as no body. */
const EMPTY_BODIES: Readonly<Record<string, string>> = {
  null: 'null',
  nothing: '',
  blanks: '  ',
};

const TYPES: Readonly<Record<string, string>> = {
  'application/json': 'application/json',
  'with a charset': 'application/json; charset=utf-8',
  'with another charset': 'application/json; charset=iso-8859-1',
  'with an unknown parameter': 'application/json; v=1',
  'with a parameter that is cut': 'application/json; charset',
  'in upper case': 'APPLICATION/JSON',
  'with a semicolon at its end': 'application/json;',
  'with a blank before the semicolon': 'application/json ;charset=utf-8',
  'a suffix of JSON': 'application/merge-patch+json',
  'almost JSON': 'application/jsonx',
  'JSON as text': 'text/json',
  text: 'text/plain',
  'a form': 'application/x-www-form-urlencoded',
  'a form of parts': 'multipart/form-data; boundary=x',
  XML: 'application/xml',
  'any type': '*/*',
  'no type at all': 'nonsense',
  'an empty type': '',
  'two types': 'application/json, text/plain',
};

/** A tap as far as the headers of its body. */
const TAP = [
  'POST /v1/challenges/<challenge>/notifications HTTP/1.1',
  'Host: push-resend.test',
  'Authorization: Bearer <token>',
  'Content-Type: application/json',
  '',
].join('\r\n');

/** Bodies of a tap. Those that are refused send nothing: the last tap is the first push. */
export const bodies: readonly Scenario[] = [
  {
    name: 'bodies that are announced as JSON',
    steps: [
      login(),
      ...askEach(JSON_BODIES, (body) => tap({ body })),
      ask('at last a good one', tap({ body: { ttl: 60 } })),
    ],
  },
  {
    name: 'bodies that are well-formed, on one Challenge',
    steps: [
      login(),
      ask('an empty object', tap({ body: {} })),
      ask('a ttl of 0', tap({ body: { ttl: 0 } })),
      ask('a ttl twice', tap({ body: '{"ttl":"x","ttl":300}' })),
      ask('a ttl with an exponent', tap({ body: '{"ttl":3e2}' })),
      ask('a ttl of -0', tap({ body: '{"ttl":-0}' })),
    ],
  },
  {
    name: 'bodies that are empty and announced as JSON, on one Challenge',
    steps: [login(), ...askEach(EMPTY_BODIES, (body) => tap({ body }))],
  },
  {
    name: 'content types of a body',
    steps: [
      login(),
      ...askEach(TYPES, (type) => tap({ body: '{"ttl":1000}', headers: { 'Content-Type': type } })),
      ask('a form without a body', tap({ headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })),
      ask('text without a body', tap({ headers: { 'Content-Type': 'text/plain' } })),
      ask('JSON without a Content-Length', tap({ headers: { 'Content-Type': 'application/json' } })),
      ask('a length of 0 without a type', tap({ headers: { 'Content-Length': '0', 'Idempotency-Key': '' } })),
    ],
  },
  {
    name: 'bodies that are encoded or too large',
    steps: [
      login(),
      ...askEach(
        {
          gzip: 'gzip',
          br: 'br',
          identity: 'identity',
          IDENTITY: 'IDENTITY',
          nothing: '',
          'two codings': 'gzip, identity',
        },
        (coding) => tap({ body: '{"ttl":1000}', headers: { 'Content-Encoding': coding } }),
        (label) => `a Content-Encoding of ${label}`,
      ),
      ask('4,096 bytes', tap({ body: `{"ttl":${'1'.repeat(4088)}}` })),
      ask('4,097 bytes', tap({ body: `{"ttl":${'1'.repeat(4089)}}` })),
      ask('4,097 bytes of text', tap({ body: 'a'.repeat(4097), headers: { 'Content-Type': 'text/plain' } })),
      ask('chunks', raw('public', `${TAP}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ttl\r\n7\r\n":1000}\r\n0\r\n\r\n`)),
      ask(
        'chunks with a length as well',
        raw('public', `${TAP}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`),
      ),
      ask('two lengths', raw('public', `${TAP}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`)),
      ask('a length that is no number', raw('public', `${TAP}Content-Length: two\r\n\r\n{}`)),
      ask(
        'more chunks than may come',
        raw('public', `${TAP}Transfer-Encoding: chunked\r\n\r\n1388\r\n${'a'.repeat(5000)}\r\n0\r\n\r\n`),
      ),
    ],
  },
];
