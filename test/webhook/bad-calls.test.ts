import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startRig, type Screen } from '../support/rig.js';
import { type Call, composed, type Fields, PATH, startWebhookRig, type WebhookRig } from './webhook-rig.js';

let rig: WebhookRig;
let screen: Screen;
let fields: Fields;
beforeAll(async () => {
  rig = await startWebhookRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  screen = await rig.login();
  await screen.look().expect(200);
  fields = rig.fieldsOf(screen, 'denied');
});

/** What a call adds to the counts. */
async function counted(call: () => PromiseLike<unknown>): Promise<Record<string, number>> {
  const before = await rig.results();
  await call();
  const more = Object.entries(await rig.results()).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(more.filter(([, count]) => count > 0));
}

const problem = (code: string) => (answer: { body: { code?: string }; headers: Record<string, string> }) => {
  expect(answer.body.code).toBe(code);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.headers['cache-control']).toBe('no-store');
};
const without = (name: string): Fields => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

describe.each(['form', 'json'] as const)('a call by somebody else (%s)', (encoding) => {
  test.each<[string, Partial<Call>]>([
    ['without a signature', { signature: null }],
    ['with an empty signature', { signature: '' }],
    ['with a signature of something else', { signature: 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=' }],
    ['with a signature of 8,000 characters', { signature: 'A'.repeat(8000) }],
    ['signed with another token', { authToken: 'another token' }],
    ['signed with no token', { authToken: '' }],
    ['signed for another path', { signedUrl: 'https://login.example.com/push/webhooks/twilio/other' }],
    ['signed without the prefix of the public address', { signedUrl: `https://login.example.com${PATH}` }],
    ['signed for http', { signedUrl: `http://login.example.com/push${PATH}` }],
    [
      'signed for the host it names itself',
      {
        signedUrl: `https://evil.example.com/push${PATH}`,
        headers: {
          host: 'evil.example.com',
          'x-forwarded-host': 'evil.example.com',
          'x-forwarded-proto': 'https',
          'x-original-url': PATH,
        },
      },
    ],
  ])('%s is refused and teaches nothing', async (_, wrong) => {
    const call = () =>
      rig
        .call({ fields, encoding, ...wrong })
        .expect(403)
        .expect(problem('webhook-signature-invalid'));
    expect(await counted(call)).toEqual({ 'other bad-signature': 1 });
    expect((await screen.look()).body.challenge.status).toBe('pending');
  });

  test('whose signature was for another body is refused', async () => {
    const { signature } = composed({ fields, encoding });
    const other = rig.fieldsOf(await rig.login(), 'denied');
    const replayed = rig.call({ fields: other, encoding, signature });
    await replayed.expect(403).expect(problem('webhook-signature-invalid'));
  });

  test('with one field more, or one less, than was signed is refused', async () => {
    const { signature } = composed({ fields, encoding });
    for (const other of [{ ...fields, more: '1' }, without('uuid')]) {
      await rig.call({ fields: other, encoding, signature }).expect(403);
    }
  });
});

describe.each(['form', 'json'] as const)('a call by Twilio (%s)', (encoding) => {
  const says = async (call: Call) =>
    counted(() =>
      rig
        .call({ encoding, ...call })
        .expect(200)
        .expect(({ body }) => expect(body).toEqual({})),
    );

  test.each<[string, Fields, string]>([
    ['another account', { account_sid: `AC${'9'.repeat(32)}` }, 'challenge.denied ignored'],
    ['another service', { service_sid: `VA${'9'.repeat(32)}` }, 'challenge.denied ignored'],
    ['a Factor', { type: 'factor.verified' }, 'other ignored'],
    ['something new', { type: 'challenge.expired' }, 'other ignored'],
    ['an identity that is none', { entity_identity: '../../Entities' }, 'challenge.denied invalid'],
    ['an identity that is too short', { entity_identity: 'short' }, 'challenge.denied invalid'],
    ['a Challenge that is none', { challenge_sid: 'YC..' }, 'challenge.denied invalid'],
  ])('a webhook about %s changes nothing', async (_, other, result) => {
    expect(await says({ fields: { ...fields, ...other } })).toEqual({ [result]: 1 });
    expect((await screen.look()).body.challenge.status).toBe('pending');
  });

  // In a form, `factor_typepushtypechallenge.denied` without the Service in it could name another event.
  test.each(['account_sid', 'entity_identity', 'challenge_sid', ...(encoding === 'json' ? ['service_sid'] : [])])(
    'without %s is invalid',
    async (name) => {
      expect(await says({ fields: without(name) })).toEqual({ 'challenge.denied invalid': 1 });
    },
  );

  test('without a type is invalid', async () => {
    expect(await says({ fields: without('type') })).toEqual({ 'other invalid': 1 });
  });

  test('with fields that nobody knows yet is understood', async () => {
    const newer = { ...fields, challenge_details: 'é'.repeat(2000), __proto__x: '1', constructor: '1' };
    expect(await says({ fields: newer })).toEqual({ 'challenge.denied learnt': 1 });
  });
});

test.each([
  'no JSON',
  '',
  'null',
  '[]',
  '"text"',
  '{"type":',
  '['.repeat(16_000),
  '{"type":{"type":"challenge.denied"}}',
  '{"type":["challenge.denied"]}',
  '{"__proto__":{"type":"challenge.denied"}}',
])('signed JSON that makes no sense (%.40s) is invalid, and no error', async (body) => {
  const call = () => rig.call({ encoding: 'json', body }).expect(200);
  expect(await counted(call)).toEqual({ 'other invalid': 1 });
});

describe('what Twilio never sends is not signed, whatever its signature', () => {
  const hash = `bodySHA256=${'0'.repeat(64)}`;
  const filled = (count: number): Fields => {
    const more = count - Object.keys(fields).length;
    return { ...fields, ...Object.fromEntries(Array.from({ length: more }, (_, at) => [`more${at}`, '1'])) };
  };

  test.each(['?', '?tenant=1', `?${hash}&tenant=1`, `?tenant=1&${hash}`, `?${hash}&${hash}`, '?bodySHA256=0'])(
    'the query %s',
    async (query) => {
      await rig.call({ fields, query }).expect(403).expect(problem('webhook-signature-invalid'));
    },
  );

  test('JSON with a query of its own', async () => {
    await rig.call({ fields, encoding: 'json', query: '?tenant=1' }).expect(403);
  });

  test('65 fields; 64 are read', async () => {
    await rig
      .call({ fields: filled(65) })
      .expect(403)
      .expect(problem('webhook-signature-invalid'));
    expect(await counted(() => rig.call({ fields: filled(64) }).expect(200))).toEqual({ 'challenge.denied learnt': 1 });
  });
});

describe('a request that is no webhook', () => {
  const send = (type: string | undefined, body: string | Buffer) => {
    const request = rig.api.post(PATH).set('x-twilio-signature', 'x');
    return (type === undefined ? request.set('content-type', '') : request.set('content-type', type)).send(body);
  };

  test.each(['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonx', 'nonsense'])(
    'as %s is not read',
    async (type) => {
      await send(type, 'a=1').expect(415).expect(problem('unsupported-media-type'));
    },
  );

  test.each(['application/json', 'application/x-www-form-urlencoded'])('of 1 MiB as %s is too large', async (type) => {
    await send(type, Buffer.alloc(1 << 20, 'a'))
      .expect(413)
      .expect(problem('payload-too-large'));
  });

  test('of 16 KiB is read to its end, and one byte more is not', async () => {
    await send('application/json', 'a'.repeat(16_384)).expect(403);
    await send('application/json', 'a'.repeat(16_385)).expect(413);
  });

  test.each(['get', 'put', 'patch', 'delete'] as const)('by %s is told the right method', async (method) => {
    const answer = await rig.api[method](PATH).expect(405).expect(problem('method-not-allowed'));
    expect(answer.headers['allow']).toBe('POST');
  });

  test('on the private port is not found', async () => {
    await rig.ops.post(PATH).send('a=1').expect(404).expect(problem('not-found'));
  });

  test('with a body but no type is not read', async () => {
    const answer = await fetch(`http://127.0.0.1:${rig.ports.public}${PATH}`, {
      method: 'POST',
      body: new Uint8Array(3),
    });
    expect(answer.status).toBe(415);
  });

  test('with nothing at all is not signed', async () => {
    const answer = await fetch(`http://127.0.0.1:${rig.ports.public}${PATH}`, { method: 'POST' });
    expect(answer.status).toBe(403);
  });
});

test('forms are read nowhere else', async () => {
  const path = `/v1/challenges/${screen.challengeSid}/notifications`;
  const tap = rig.api.post(path).set('authorization', `Bearer ${screen.token}`);
  await tap.type('form').send('ttl=60').expect(415).expect(problem('unsupported-media-type'));
});

test('without an auth token there is no webhook', async () => {
  const off = await startRig({ PUBLIC_URL: 'https://login.example.com' });
  try {
    await off.api.post(PATH).type('form').send('a=1').expect(404).expect(problem('not-found'));
    await off.api.get(PATH).expect(404).expect(problem('not-found'));
  } finally {
    await off.close();
  }
});

test('nothing of all this names a user or a token in the log, and nothing was a bug', async () => {
  await rig.call({ fields }).expect(200);
  await rig.call({ fields, authToken: 'another token' }).expect(403);
  const logged = rig.logged();
  const { authToken } = await rig.simulate<{ authToken: string }>('GET', '');
  for (const secret of [screen.identity, authToken, 'another token']) {
    expect(logged).not.toContain(secret);
  }
  expect(logged).not.toContain('"event":"unexpected"');
});
