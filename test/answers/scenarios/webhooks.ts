import { createHash, createHmac } from 'node:crypto';
import { internal, look, type Message, request, tap } from '../message.js';
import type { Scenario, Scene, Step } from '../scene.js';
import { act, ask, login } from '../steps.js';

const AUTH_TOKEN = 'the-auth-token-of-an-account-of-tests';
const PUBLIC_URL = 'https://login.example.com/push';
const PATH = '/webhooks/twilio/verify';

export const WEBHOOK_SETTINGS = { TWILIO_AUTH_TOKEN: AUTH_TOKEN, PUBLIC_URL };

interface Call {
  readonly encoding?: 'form' | 'json';
  /** Other fields than those of a denial. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  /** Instead of the fields: exactly this. */
  readonly body?: string;
  /** Behind a form: more than was signed. */
  readonly more?: string;
  /** After the path, signed with it. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authToken?: string;
}

/** Twilio says that the user of the last login has denied; signed as Twilio does, unless `call` says otherwise. */
function webhook(name: string, call: Call = {}): Step {
  return {
    name,
    play: async (scene) => {
      scene.begin(name, await composed(scene, call));
      await scene.end(name);
    },
  };
}

async function composed(scene: Scene, call: Call): Promise<Message> {
  const { encoding = 'form', headers, more = '', query: given = '', authToken = AUTH_TOKEN } = call;
  const isJson = encoding === 'json';
  const fields = { ...(await denial(scene)), ...call.fields };
  const entries = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  const body = call.body ?? (isJson ? JSON.stringify(fields) : new URLSearchParams(entries).toString()) + more;
  const hash = createHash('sha256').update(body).digest('hex');
  const query = isJson ? `?bodySHA256=${hash}` : given;
  if (isJson) scene.know('hash of the body', query);
  const signed = isJson ? [] : entries.toSorted(([one], [other]) => (one < other ? -1 : 1)).flat();
  const signature = createHmac('sha1', authToken)
    .update([PUBLIC_URL + PATH + query, ...signed].join(''))
    .digest('base64');
  const type = isJson ? 'application/json' : 'application/x-www-form-urlencoded; charset=UTF-8';
  return request('public', `POST ${PATH}${isJson ? '<hash of the body>' : query}`, {
    headers: { 'Content-Type': type, 'X-Twilio-Signature': signature, ...headers },
    body,
  });
}

async function denial(scene: Scene): Promise<Record<string, string>> {
  const { accountSid, serviceSid } = await scene.rig.simulate<Record<'accountSid' | 'serviceSid', string>>('GET', '');
  return {
    uuid: '4e3b2a10-0000-4000-8000-000000000001',
    type: 'challenge.denied',
    account_sid: accountSid,
    service_sid: serviceSid,
    entity_identity: scene.value('identity'),
    factor_type: 'push',
    challenge_sid: scene.value('challenge'),
  };
}

const unsigned = (method: string, type: string, body: string) =>
  request('public', `${method} ${PATH}`, { headers: { 'Content-Type': type, 'X-Twilio-Signature': 'x' }, body });

/** What Twilio calls, and what others send there. */
export const webhooks: readonly Scenario[] = [
  ...(['form', 'json'] as const).map((encoding) => ({
    name: `webhooks as ${encoding}`,
    steps: [
      login(),
      ask('a look before', look()),
      webhook('signed with another token', { encoding, authToken: 'another token' }),
      webhook('without a signature', { encoding, headers: { 'X-Twilio-Signature': '' } }),
      webhook('with a signature of 8,000 letters', { encoding, headers: { 'X-Twilio-Signature': 'A'.repeat(8000) } }),
      webhook('of another account', { encoding, fields: { account_sid: `AC${'9'.repeat(32)}` } }),
      webhook('of a Factor', { encoding, fields: { type: 'factor.verified' } }),
      webhook('of a user that is none', { encoding, fields: { entity_identity: '../../Entities' } }),
      webhook('without a type', { encoding, fields: { type: undefined } }),
      webhook('of a Challenge that is not there', { encoding, fields: { challenge_sid: `YC${'0'.repeat(32)}` } }),
      webhook('of a field that nobody knows', {
        encoding,
        fields: { type: 'challenge.new', constructor: '1', __proto__x: 'é' },
      }),
      webhook('of a denial', { encoding }),
      webhook('of the same denial', { encoding }),
      ask('a look after it', look()),
      ask('a tap after it', tap()),
      ask('the events', internal('GET /audit-events?identity=<identity>')),
      login(),
      webhook('of an approval of a Challenge that was not known', { encoding, fields: { type: 'challenge.approved' } }),
    ],
  })),
  {
    name: 'webhooks that make no sense',
    steps: [
      login(),
      ...[
        'no JSON',
        '',
        'null',
        '[]',
        '"text"',
        '{"type":',
        '{"type":["challenge.denied"]}',
        '{"__proto__":{"type":"challenge.denied"}}',
      ].map((body) => webhook(`signed JSON: ${body === '' ? 'nothing' : body}`, { encoding: 'json', body })),
      webhook('a form with a field twice', { more: `&challenge_sid=YC${'0'.repeat(32)}` }),
      webhook('a form with the same field twice, signed as once', { more: '&type=challenge.denied' }),
      webhook('a form of 65 fields', {
        fields: Object.fromEntries(Array.from({ length: 58 }, (_, at) => [`more${at}`, '1'])),
      }),
      webhook('a form with a query', { query: '?tenant=1' }),
      webhook('a form with an empty query', { query: '?' }),
      webhook('with the type in upper case', { headers: { 'Content-Type': 'APPLICATION/X-WWW-FORM-URLENCODED' } }),
      webhook('as text', { headers: { 'Content-Type': 'text/plain' } }),
      webhook('that wants HTML', { headers: { Accept: 'text/html' } }),
      webhook('that is compressed', { headers: { 'Content-Encoding': 'gzip' } }),
      ask('of 16,384 bytes', unsigned('POST', 'application/json', 'a'.repeat(16_384))),
      ask('of 16,385 bytes', unsigned('POST', 'application/json', 'a'.repeat(16_385))),
      ask('a form of 16,385 bytes', unsigned('POST', 'application/x-www-form-urlencoded', 'a'.repeat(16_385))),
      ask('XML', unsigned('POST', 'application/xml', '<!-- -->')),
      ask('by GET', request('public', `GET ${PATH}`)),
      ask('by HEAD', request('public', `HEAD ${PATH}`)),
      ask('by OPTIONS', request('public', `OPTIONS ${PATH}`)),
      ask('by PUT', unsigned('PUT', 'application/json', '{}')),
      ask('with nothing at all', request('public', `POST ${PATH}`)),
      ask('on the private port', request('private', `POST ${PATH}`, { body: '{}' })),
      ask('with a slash at the end', request('public', `POST ${PATH}/`, { body: '{}' })),
      ask(
        'forms are read nowhere else',
        tap({ body: 'ttl=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }),
      ),
      act(async ({ rig }) => rig.simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'reset-before' })),
      login(),
      webhook('of what can not be looked up'),
      act(async ({ rig }) => rig.simulate('DELETE', '/faults')),
    ],
  },
];
