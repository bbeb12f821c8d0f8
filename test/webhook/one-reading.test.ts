/** Twilio signs names and values without separators. Whoever has a signed form can split it anew; what it means stays. */
import { stringify } from 'node:querystring';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hasOneReading } from '@nest/webhook/one-reading.js';
import { readEvent, type WebhookMessage } from '@nest/webhook/webhook-event.js';
import { isSignedByTwilio } from '@nest/webhook/webhook-signature.js';
import { demoCredentials } from '../../apps/simulator/src/credentials.js';
import { refusalOf } from '../sessions/refusal-of.js';
import type { Screen } from '../support/rig.js';
import { composed, type Fields, PATH, PUBLIC_URL, sign, startWebhookRig, type WebhookRig } from './webhook-rig.js';

const { accountSid, serviceSid, authToken } = demoCredentials;
const url = PUBLIC_URL + PATH;
const IDENTITY = 'user-of-tests-external';
/** The last letter of the second one is the first of `challenge_sid`. */
const [OWN, OTHER] = [`YC${'1'.repeat(32)}`, `YC${'2'.repeat(31)}c`] as const;
const fieldsOf = (more: Fields = {}): Fields => ({
  uuid: crypto.randomUUID(),
  type: 'challenge.denied',
  account_sid: accountSid,
  service_sid: serviceSid,
  entity_identity: IDENTITY,
  factor_sid: `YF${'0'.repeat(32)}`,
  factor_type: 'push',
  challenge_sid: OWN,
  ...more,
});

/** What is signed of a form: its names in their order, each with its value. */
const textOf = (form: Fields) =>
  Object.keys(form)
    .toSorted()
    .map((name) => name + (form[name] ?? ''))
    .join('');

/** What a form does once its signature fits. Other events, and what makes no sense, do nothing. */
function meaningOf(form: Fields): WebhookMessage | 'nothing' | 'refused' {
  if (!hasOneReading(form)) return 'refused';
  const message = readEvent(stringify(form), false, { accountSid, serviceSid });
  return message.kind === 'answered' ? message : 'nothing';
}

/** What Twilio meant by a form of its own. */
function truthOf({ type = '', entity_identity: identity, challenge_sid: challengeSid }: Fields) {
  const status = type === 'challenge.approved' ? 'approved' : 'denied';
  return type === `challenge.${status}` ? { kind: 'answered', event: type, identity, challengeSid, status } : 'nothing';
}

/** The deciding names in Twilio's order, each with values that somebody may want to see there, and what a value looks like. */
const DECIDING = {
  account_sid: { values: [accountSid], shape: /^AC[0-9a-f]{32}/ },
  challenge_sid: { values: [OWN, OTHER], shape: /^YC[0-9a-f]{32}/ },
  entity_identity: { values: [IDENTITY, 'user-entity'], shape: /^[A-Za-z0-9-]{8,64}/ },
  service_sid: { values: [serviceSid], shape: /^VA[0-9a-f]{32}/ },
  type: { values: ['challenge.approved', 'factor.created'], shape: /^challenge\.(?:approved|denied)/ },
} as const;
const NAMES = Object.keys(DECIDING) as (keyof typeof DECIDING)[];

const FIELDS = NAMES.flatMap((name) => DECIDING[name].values.map((value) => name + value));

/** Any part of a deciding field: it may end where its name, or the name of the field behind it, begins. */
const cutArbitrary = fc
  .tuple(fc.constantFrom(...FIELDS), fc.nat({ max: 45 }))
  .map(([field, cut]) => field.slice(0, -cut));
/** Beginnings of deciding fields that the beginning of the same name completes: `challenge_sidYC22…2` and `challenge_sid…`. */
const COMPLETED = [...NAMES, ...FIELDS].flatMap((field) => {
  const name = NAMES.find((one) => field.startsWith(one)) ?? '';
  const lengths = Array.from(name.slice(1), (_, index) => index + 1);
  return lengths.filter((length) => field.endsWith(name.slice(0, length))).map((length) => field.slice(0, -length));
});
/** As much of a whole webhook as somebody likes, in Twilio's order. */
const webhookArbitrary = fc
  .tuple(
    ...['account_sid', 'challenge_sid', 'entity_identity', 'factor_sid', 'service_sid', 'type'].map((name) => {
      const whole = FIELDS.filter((field) => field.startsWith(name));
      return fc.constantFrom(...whole, ...(whole.length === 0 ? [name, name] : whole), '');
    }),
  )
  .map((fields) => fields.join(''));
const PARTS = [
  'challenge_details',
  'factor_sid',
  'factor_',
  'entity',
  'entity_id',
  'ctor_',
  '-external',
  'zz',
  '"',
  ' ',
];
/** Texts that somebody could have Twilio repeat. */
const textArbitrary = fc
  .tuple(
    fc.array(fc.oneof(webhookArbitrary, cutArbitrary, fc.constantFrom(...PARTS)), { maxLength: 2 }),
    fc.constantFrom('', '', '', ...COMPLETED),
  )
  .map(([parts, end]) => parts.join('') + end);

/** What Twilio sends, has once sent, or may send one day. Of a Factor, its user chooses the name. */
const sentArbitrary: fc.Arbitrary<Fields> = fc
  .record(
    {
      api_version: fc.constant('v2'),
      challenge_details: textArbitrary,
      challenge_status: fc.constant('denied'),
      entity_sid: fc.constant(`YE${'3'.repeat(32)}`),
      event_type: fc.constantFrom('challenge.denied', 'push'),
      expiration_date: fc.constant('2026-03-02T10:05:00Z'),
      factor_friendly_name: textArbitrary,
      responded_reason: fc.constant('none'),
      status: fc.constant('denied'),
      type: fc.constantFrom('challenge.approved', 'factor.created', 'factor.deleted', 'entity_state.changed'),
      entity_identity: fc.constantFrom(`${IDENTITY}-factor`, 'factor12service', 'user-entity'),
      zone: textArbitrary,
    },
    { requiredKeys: [] },
  )
  .map(formOf);

/** Events of a Factor have no Challenge. */
function formOf(more: Fields): Fields {
  const { challenge_sid: sid = '', ...form } = fieldsOf(more);
  return form['type']?.startsWith('challenge.') === true ? { ...form, challenge_sid: sid } : form;
}

/** Every form with this signed text that answers a Challenge, as far as the deciding fields go. */
function answersIn(text: string): Fields[] {
  const found: Fields[] = [];
  /** @param form the fields of the text before `at`; the last one is called `last` */
  const search = (form: Fields, at: number, last: string, [name, ...others]: typeof NAMES): void => {
    if (name === undefined) {
      const rest = text.slice(at);
      if (rest === '') found.push(form);
      else if (rest > last) found.push({ ...form, [rest]: '' });
      return;
    }
    for (let from = text.indexOf(name, at); from >= 0; from = text.indexOf(name, from + 1)) {
      const between = text.slice(at, from);
      // Any other field between two of these: its name may be as short or as long as their order needs.
      const filler = between === '' ? '' : shortestBetween(last, between, name);
      if (filler === undefined) continue;
      const before = between === '' ? form : { ...form, [filler]: between.slice(filler.length) };
      const start = from + name.length;
      const [value] = DECIDING[name].shape.exec(text.slice(start, start + 64)) ?? [];
      if (value === undefined) continue;
      const ends = name === 'entity_identity' ? endsOf(value) : [value.length];
      for (const end of ends) {
        search({ ...before, [name]: value.slice(0, end) }, start + end, name, others);
      }
    }
  };
  search({}, 0, '', NAMES);
  return found;
}

/** Where an identity may end, of all places in it: where the name of a field may begin. */
function endsOf(identity: string): Set<number> {
  const ends = [...identity.matchAll(/entity|event|expiration|-?external|factor|service|$/g)].map(({ index }) => index);
  return new Set([8, ...ends.filter((end) => end > 8)]);
}

/** @returns undefined if no beginning of `text` is behind one name and before the next */
function shortestBetween(last: string, text: string, next: string): string | undefined {
  const lengths = Array.from({ length: Math.min(text.length, next.length + 1, 40) }, (_, index) => index + 1);
  return lengths.map((length) => text.slice(0, length)).find((name) => name > last && name < next);
}

const REST = `entity_identity${IDENTITY}factor_sidservice_sid${serviceSid}`;
/** Known attacks: a deciding name that begins inside another field's value, and an ignored event that contains an answer. */
const FOUND: [Fields][] = [
  { challenge_details: `challenge_sid${OTHER}${REST}typechallenge.deniedchallenge_sid${OTHER.slice(0, -1)}` },
  { challenge_details: `challenge_sid${OTHER}entity_identityuser-entityfactor_entity_id`, entity_sid: '' },
  {
    type: 'factor.created',
    factor_friendly_name: `account_sid${accountSid}challenge_sid${OTHER}${REST}typechallenge.approvedzz`,
  },
].map((more) => [formOf(more)]);

test('every split of a signed webhook is refused, or means exactly the same', () => {
  const seen = { same: 0, refused: 0 };
  fc.assert(
    fc.property(sentArbitrary, (sent) => {
      const meant = meaningOf(sent);
      for (const other of answersIn(textOf(sent))) {
        if (textOf(other) !== textOf(sent)) expect.unreachable('no split of what was sent');
        const read = meaningOf(other);
        if (typeof read === 'object') expect(read).toEqual(truthOf(sent));
        seen[typeof read === 'object' ? 'same' : 'refused'] += 1;
      }
      if (typeof meant === 'object') expect(meant).toEqual(truthOf(sent));
    }),
    { numRuns: 5000, examples: FOUND },
  );
  expect(Math.min(seen.same, seen.refused)).toBeGreaterThan(100);
});

test('a split is signed by the same signature, so that nothing else refuses it', () => {
  const { account_sid: sid, ...others } = fieldsOf();
  const other = { ...others, account_: `sid${sid}` };
  const call = {
    url,
    isJson: false,
    signature: sign(authToken, url, fieldsOf({ uuid: others['uuid'] ?? '' })),
    body: stringify(other),
  };
  expect(isSignedByTwilio({ authTokens: [authToken], sharedKeys: [] }, call)).toBe(true);
});

describe('what Twilio may send one day is understood', () => {
  const meant = {
    kind: 'answered',
    event: 'challenge.denied',
    identity: IDENTITY,
    challengeSid: OWN,
    status: 'denied',
  };
  test.each<[string, Fields]>([
    ['nothing more', {}],
    ['fields before, between and behind', { aaa: '1', challenge_status: 'denied', message: 'é', zone: '💥', _: '' }],
    ['a field directly behind the identity', { entity_sid: 'YE1', expiration_date: '2026-03-02', event_id: '1' }],
    [
      'a name that ends as another',
      { event_type: 'challenge.denied', verify_service_sid: serviceSid, challenge_type: 'push' },
    ],
    ['a longer form of details', { challenge_details: '{"message":"sign in as user-of-tests?","type":"challenge"}' }],
  ])('%s', (_, more) => expect(meaningOf(fieldsOf(more))).toEqual(meant));
});

describe('a captured webhook that is split anew', () => {
  let rig: WebhookRig;
  let screen: Screen;
  let other: Screen;
  beforeAll(async () => {
    rig = await startWebhookRig();
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    const identity = `user-${crypto.randomUUID()}`;
    [screen, other] = [await rig.login({ identity }), await rig.login({ identity })];
    await screen.look().expect(200);
    await other.look().expect(200);
  });
  const refused = { status: 403, reason: 'ambiguous', counted: 'ambiguous' };

  /** The same signature for other fields, which must join to the same text. */
  async function sentAnew(sent: Fields, fields: Fields) {
    expect(textOf(fields)).toBe(textOf(sent));
    const call = rig.call({ fields, signature: sign(authToken, url, sent) });
    expect(await refusalOf(rig, call, 'webhooks')).toEqual(refused);
    for (const one of [screen, other]) expect((await one.look()).body.challenge.status).toBe('pending');
  }

  test('moves no denial to another Challenge that its details name', async () => {
    const sent = rig.fieldsOf(screen, 'denied');
    const { challenge_sid: sid = '', entity_identity: identity = '', ...others } = sent;
    const named = `challenge_sid${other.challengeSid}entity_identity${identity}`;
    const details = `sign in? ${named}factor_sid`;
    const anew = {
      ...others,
      challenge_details: 'sign in? ',
      challenge_sid: other.challengeSid,
      entity_identity: identity,
      factor_sid: `challenge_sid${sid}entity_identity${identity}factor_sid${sent['factor_sid']}`,
    };
    await sentAnew({ ...sent, challenge_details: details }, anew);
  });

  test('ends no identity earlier or later', async () => {
    const sent = rig.fieldsOf(screen, 'denied');
    const { factor_sid: factor = '', factor_type: type = '', entity_identity: identity = '', ...others } = sent;
    const later = { ...others, entity_identity: `${identity}fact`, or_sid: `${factor}factor_type${type}` };
    await sentAnew(sent, later);
    const ending = rig.fieldsOf({ ...screen, identity: `${identity}external` }, 'denied');
    const { uuid = '' } = ending;
    await sentAnew(ending, {
      ...others,
      uuid,
      entity_identity: identity,
      external: '',
      factor_sid: factor,
      factor_type: type,
    });
  });

  test('a split webhook may not omit or repeat significant fields', async () => {
    const sent = rig.fieldsOf(screen, 'denied');
    for (const name of ['challenge_sid', 'entity_identity', 'service_sid', 'type']) {
      const names = Object.keys(sent).toSorted();
      const before = names[names.indexOf(name) - 1] ?? '';
      const { [name]: value, ...others } = sent;
      await sentAnew(sent, { ...others, [before]: `${sent[before]}${name}${value}` });
    }
    const twice = `${new URLSearchParams(sent).toString()}&challenge_sid=${sent['challenge_sid']}`;
    expect(await refusalOf(rig, rig.call({ fields: sent, body: twice }), 'webhooks')).toEqual(refused);
  });

  test('says nothing as a form, if it was JSON', async () => {
    const { query, signature } = composed({ fields: rig.fieldsOf(screen, 'denied'), encoding: 'json' });
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature ?? '' };
    const asField = `${encodeURIComponent(query)}=`;
    for (const [address, body] of [
      [PATH + query, ''],
      [PATH, asField],
    ] as const) {
      await rig.api.post(address).set(headers).send(body).expect(200, {});
    }
    expect(await rig.results()).toMatchObject({ 'other invalid': 2 });
    expect((await screen.look()).body.challenge.status).toBe('pending');
  });
});
