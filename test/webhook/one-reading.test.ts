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
const [OWN, OTHER] = [`YC${'1'.repeat(32)}`, `YC${'2'.repeat(32)}`] as const;
const fieldsOf = (more: Fields = {}): Fields => ({
  uuid: crypto.randomUUID(),
  type: 'challenge.denied',
  account_sid: accountSid,
  service_sid: serviceSid,
  entity_identity: 'user-of-tests-external',
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

/** Texts that somebody could have Twilio repeat: parts of fields, and what is signed of another webhook, or a part of that. */
const PARTS = [
  ...Object.entries(fieldsOf()).flat(),
  OTHER,
  'challenge.approved',
  'entity',
  'ctor_',
  '-external',
  '"',
  ' ',
];
const ANOTHER = textOf(fieldsOf({ challenge_sid: OTHER, entity_identity: 'somebody-else' }));
const textArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  fc.array(fc.constantFrom(...PARTS), { maxLength: 8 }).map((parts) => parts.join('')),
  fc.tuple(fc.nat({ max: ANOTHER.length }), fc.nat({ max: 300 })).map(([at, end]) => ANOTHER.slice(at, at + end)),
);

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
      hidden_details: textArbitrary,
      responded_reason: textArbitrary,
      status: fc.constant('denied'),
      type: fc.constantFrom('challenge.approved', 'factor.created', 'factor.verified'),
      entity_identity: fc.constantFrom('user-of-tests', 'user-of-tests-factor', 'factor12service', 'eventually'),
      zone: textArbitrary,
    },
    { requiredKeys: [] },
  )
  .map(fieldsOf);

/** How a text is split anew. */
interface Split {
  /** The places of names that are none any more. */
  readonly left: readonly number[];
  /** Places of known names, among those that can be seen in the text. */
  readonly seen: readonly number[];
  /** Any other parts: where they begin, and their lengths. */
  readonly any: readonly (readonly [number, number])[];
}
const splitArbitrary: fc.Arbitrary<Split> = fc.record({
  left: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
  seen: fc.array(fc.nat(), { maxLength: 4 }),
  any: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 30 })), { maxLength: 2 }),
});
const NAMES = new RegExp(Object.keys(fieldsOf()).join('|'), 'g');

/** The same text, with names at other places, in Twilio's order: a form that the same signature fits. */
function resplit(sent: Fields, { left, seen, any }: Split): Fields {
  const text = textOf(sent);
  const names: { readonly at: number; readonly name: string }[] = [];
  let at = 0;
  for (const [index, name] of Object.keys(sent).toSorted().entries()) {
    if (index === 0 || !left.includes(index)) names.push({ at, name });
    at += `${name}${sent[name]}`.length;
  }
  const visible = [...text.matchAll(NAMES)].map(({ index, 0: name }) => ({ at: index, name }));
  const parts = any.map(([place, length]) => {
    const from = place % text.length;
    return { at: from, name: text.slice(from, from + length) };
  });
  for (const more of [...seen.flatMap((place) => visible[place % visible.length] ?? []), ...parts]) {
    const next = names.findIndex((one) => one.at > more.at);
    const [before, behind] = [names.at(next < 0 ? -1 : next - 1), next < 0 ? undefined : names[next]];
    if (before && (before.at + before.name.length > more.at || before.name >= more.name)) continue;
    if (behind && (more.at + more.name.length > behind.at || more.name >= behind.name)) continue;
    names.splice(next < 0 ? names.length : next, 0, more);
  }
  const ends = [...names.slice(1).map((one) => one.at), text.length];
  return Object.fromEntries(
    names.map(({ at: from, name }, index) => [name, text.slice(from + name.length, ends[index])]),
  );
}

test('every split of a signed webhook is refused, or means exactly the same', () => {
  const seen = { same: 0, refused: 0 };
  fc.assert(
    fc.property(sentArbitrary, splitArbitrary, (sent, split) => {
      const other = resplit(sent, split);
      expect(textOf(other)).toBe(textOf(sent));
      const [meant, read] = [meaningOf(sent), meaningOf(other)];
      if (typeof read === 'object') expect(read).toEqual(meant);
      else if (typeof meant === 'object') expect(read).toBe('refused');
      const isAnother = JSON.stringify(Object.keys(other)) !== JSON.stringify(Object.keys(sent).toSorted());
      if (isAnother && typeof meant === 'object') seen[typeof read === 'object' ? 'same' : 'refused'] += 1;
    }),
    { numRuns: 5000 },
  );
  expect(Math.min(seen.same, seen.refused)).toBeGreaterThan(100);
});

test('a split is signed by the same signature, so that nothing else refuses it', () => {
  const sent = fieldsOf();
  const other = resplit(sent, { left: [1], seen: [], any: [] });
  const call = { url, isJson: false, signature: sign(authToken, url, sent), body: stringify(other) };
  expect(other).not.toEqual(sent);
  expect(isSignedByTwilio({ authTokens: [authToken], sharedKeys: [] }, call)).toBe(true);
});

describe('what Twilio may send one day is understood', () => {
  const meant = {
    kind: 'answered',
    event: 'challenge.denied',
    identity: 'user-of-tests-external',
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
