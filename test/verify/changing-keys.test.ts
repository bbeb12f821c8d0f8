import { expect, it } from 'vitest';
import { ChangingSecret } from '@verify/credentials.js';
import { httpServer } from './servers.js';
import { challenge, notification, respond, rigAt, twilioError } from './verify-fixtures.js';

const PENDING = { kind: 'learnt', fact: { kind: 'fetched', status: 'pending' } };
const REJECTED = { kind: 'failed', code: 'provider-rejected' };

/** A Twilio that accepts some of the passwords, and a gateway whose password a test changes. */
async function changing(accepted: readonly string[]) {
  const valid = new Set(accepted);
  const asked: string[] = [];
  const twilio = await httpServer(({ method, headers }, response) => {
    const [, password = ''] = Buffer.from(headers.authorization?.slice(6) ?? '', 'base64')
      .toString()
      .split(':');
    asked.push(`${method} ${password}`);
    if (!valid.has(password)) return respond(response, 401, twilioError(401, 20003));
    respond(response, method === 'GET' ? 200 : 201, method === 'GET' ? challenge : notification);
  });
  const own = { password: 'old' };
  const rig = rigAt(twilio.baseUrl, { password: () => own.password });
  return { ...rig, own, valid, asked };
}

it('a new key is used from the next call on', async () => {
  const { own, asked, ...rig } = await changing(['old', 'new']);
  await rig.fetch();
  own.password = 'new';
  expect(await rig.fetch()).toMatchObject(PENDING);
  expect(asked).toEqual(['GET old', 'GET new']);
});

it('a fetch whose new key Twilio rejects is made again with the one before, and so are the next calls', async () => {
  const { own, asked, ...rig } = await changing(['old']);
  await rig.fetch();
  own.password = 'half a ne';
  expect(await rig.fetch()).toMatchObject(PENDING);
  expect(await rig.create()).toMatchObject({ outcome: 'sent' });
  expect(asked).toEqual(['GET old', 'GET half a ne', 'GET old', 'POST old']);
  expect(rig.codes()).toEqual(['ok', '20003', 'ok', 'ok']);
});

it('the rest of a half-written key is used as soon as it is there, and the key before the half is not forgotten', async () => {
  const { own, valid, asked, ...rig } = await changing(['old']);
  await rig.fetch();
  own.password = 'half a ne';
  await rig.fetch();
  own.password = 'new';
  expect(await rig.fetch()).toMatchObject(PENDING);
  valid.add('new').delete('old');
  expect(await rig.fetch()).toMatchObject(PENDING);
  expect(asked.slice(3)).toEqual(['GET new', 'GET old', 'GET old', 'GET new']);
});

it('a create is sent once, with the key that Twilio has accepted', async () => {
  const { own, asked, ...rig } = await changing(['old']);
  await rig.fetch();
  own.password = 'never accepted';
  expect(await rig.create()).toMatchObject({ outcome: 'sent' });
  expect(asked).toEqual(['GET old', 'POST old']);
});

it('a create that is answered 20003 is not repeated, whatever other key there is', async () => {
  const { own, valid, asked, ...rig } = await changing(['old', 'new']);
  await rig.fetch();
  own.password = 'new';
  await rig.fetch();
  valid.delete('new');
  expect(await rig.create()).toEqual({ outcome: 'notSent', code: 'provider-rejected' });
  expect(asked).toEqual(['GET old', 'GET new', 'POST new']);
});

it('two keys that are both rejected are two calls, and a rejection', async () => {
  const { own, valid, asked, ...rig } = await changing(['old']);
  await rig.fetch();
  valid.clear();
  own.password = 'new';
  expect(await rig.fetch()).toEqual(REJECTED);
  expect(asked).toEqual(['GET old', 'GET new', 'GET old']);
});

it('a key that never changes is tried once', async () => {
  const { asked, ...rig } = await changing([]);
  expect(await rig.fetch()).toEqual(REJECTED);
  expect(asked).toEqual(['GET old']);
});

it('of two fetches that meet the rejection at the same time, each is made again', async () => {
  const { own, ...rig } = await changing(['old']);
  await rig.fetch();
  own.password = 'new';
  expect(await Promise.all([rig.fetch(), rig.fetch()])).toMatchObject([PENDING, PENDING]);
});

it('a create that leaves while a fetch is still trying the new key takes the one that was accepted', () => {
  let now = 'old';
  const secret = new ChangingSecret(() => now);
  secret.accepted('old');
  now = 'half a ne';
  expect([secret.now(false), secret.now(true)]).toEqual(['half a ne', 'old']);
  expect(secret.rejected('half a ne')).toBe(true);
  expect([secret.now(false), secret.now(true)]).toEqual(['old', 'old']);
});

it('a key that Twilio accepted and then rejects is followed by the one before it, and by none older', () => {
  let now = 'first';
  const secret = new ChangingSecret(() => now);
  for (now of ['second', 'third', 'fourth']) secret.accepted(secret.now(false));
  expect(secret.rejected('fourth')).toBe(true);
  expect(secret.now(false)).toBe('third');
  expect(secret.rejected('third')).toBe(true);
  expect(secret.now(false)).toBe('fourth');
});
