import { readFileSync } from 'node:fs';
import { sign } from 'cookie-signature';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ExpressSessionOptions, ExpressSessions } from '@sessions/express-sessions.js';
import { CookieCredential } from '@nest/public/session-source.js';
import { Started } from '../redis/own-servers.js';
import { ownCorner } from '../support/redis.js';
import { breakableRedis } from './breakable-redis.js';
import { type BackendOptions, ExpressBackend } from './express-backend.js';
import { sessionContract } from './session-contract.js';

const SECRET = 'the-secret-of-the-login-backend';
const OLD_SECRET = 'the-one-that-it-had-last-summer';
const OPTIONS = { secrets: [SECRET], identityPath: ['identity'], challengePath: ['challengeSid'] };

/** What the service makes of a Cookie header. */
function credentialOf(cookie: string, name = 'connect.sid'): string | undefined {
  const request = { headers: { cookie } } as unknown as Parameters<CookieCredential['of']>[0];
  return new CookieCredential(name).of(request);
}

sessionContract('express-session', 'elsewhere', async () => {
  const { redis: admin, keyPrefix } = ownCorner();
  const prefix = `${keyPrefix}sess:`;
  const backend = await ExpressBackend.start({ redis: admin, prefix, secrets: [SECRET] });
  const { redis, ...place } = await breakableRedis();
  return {
    ...place,
    directory: () => new ExpressSessions(redis, { ...OPTIONS, prefix }),
    login: async (identity, challengeSid) => {
      const cookie = await backend.login({ identity, ...(challengeSid !== undefined && { challengeSid }) });
      return { credential: credentialOf(cookie) ?? '', end: () => backend.logout(cookie) };
    },
    stranger: async () => `s:${sign('nobody-ever-had-this-id', SECRET)}`,
    close: async () => {
      await backend.close();
      admin.disconnect();
      await place.close();
    },
  };
});

describe('an express-session', () => {
  const corner = ownCorner();
  const { redis, keyPrefix: prefix } = corner;
  const backends: ExpressBackend[] = [];
  const backendWith = async (more: Partial<BackendOptions> = {}) => {
    const backend = await ExpressBackend.start({ redis, prefix, secrets: [SECRET], ...more });
    backends.push(backend);
    return backend;
  };
  const find = (cookie: string, more: Partial<ExpressSessionOptions> = {}, name?: string) =>
    new ExpressSessions(redis, { ...OPTIONS, prefix, ...more }).find(credentialOf(cookie, name) ?? '');
  let backend: ExpressBackend;
  beforeAll(async () => {
    backend = await backendWith();
  });
  afterAll(async () => {
    await Promise.all(backends.map((one) => one.close()));
    redis.disconnect();
  });

  test('signed with an old secret counts for as long as that is in the list', async () => {
    const cookie = await (await backendWith({ secrets: [OLD_SECRET] })).login({ identity: 'somebody-0001' });
    expect(await find(cookie, { secrets: [SECRET, OLD_SECRET] })).toEqual({ identity: 'somebody-0001' });
    expect(await find(cookie, { secrets: [SECRET] })).toBe('bad-signature');
  });

  test('can have any name of cookie', async () => {
    const cookie = await (await backendWith({ cookieName: '__Host-login' })).login({ identity: 'somebody-0001' });
    expect(await find(cookie, {}, '__Host-login')).toEqual({ identity: 'somebody-0001' });
    expect(await find(cookie)).toBe('malformed'); // the empty credential stands for none here
  });

  test('has its identity where the settings say', async () => {
    const cookie = await backend.login({
      user: { twilio: { identity: 'somebody-0001' }, list: ['a', 'somebody-0002'] },
    });
    const at = (path: string) => find(cookie, { identityPath: path.split('.') });
    expect(await at('user.twilio.identity')).toEqual({ identity: 'somebody-0001' });
    expect(await at('user.list.1')).toEqual({ identity: 'somebody-0002' });
    for (const nowhere of ['identity', 'user', 'user.twilio', 'user.identity', 'toString.name', '__proto__.identity'])
      expect(await at(nowhere)).toBeOneOf(['no-identity', 'identity-not-twilios']);
  });

  test('is unbound where no path to a Challenge is set, whatever the record has there', async () => {
    const cookie = await backend.login({ identity: 'somebody-0001', challengeSid: 'anything' });
    expect(
      await new ExpressSessions(redis, { secrets: [SECRET], identityPath: ['identity'], prefix }).find(
        credentialOf(cookie) ?? '',
      ),
    ).toEqual({ identity: 'somebody-0001' });
  });

  test('reading a session does not change or prolong it', async () => {
    const cookie = await backend.login({ identity: 'somebody-0001' });
    const isOfCookie = (one: string) => cookie.includes(encodeURIComponent(one.slice(prefix.length)));
    const key = (await corner.keys()).find(isOfCookie) ?? '';
    await redis.expire(key, 50);
    const before = await redis.get(key);
    await find(cookie);
    expect(await redis.get(key)).toBe(before);
    expect(await redis.ttl(key)).toBeLessThanOrEqual(50);
  });

  test('that its owner keeps using lives on past what its record says, as connect-redis leaves that as it was', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const cookie = await (await backendWith({ maxAgeMs: 60_000 })).login({ identity: 'somebody-0001' });
      vi.setSystemTime(Date.now() + 45_000);
      expect(await backend.whoami(cookie)).toBe('somebody-0001');
      const alive = await backendWith({ maxAgeMs: 60_000 });
      await alive.whoami(cookie); // touches it
      vi.setSystemTime(Date.now() + 30_000);
      expect(await alive.whoami(cookie)).toBe('somebody-0001');
      expect(await find(cookie)).toEqual({ identity: 'somebody-0001' });
    } finally {
      vi.useRealTimers();
    }
  });

  test('that Redis keeps for ever is over when its record says so', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const cookie = await (await backendWith({ maxAgeMs: 60_000, isForever: true })).login({
        identity: 'somebody-0001',
      });
      expect(await find(cookie)).toEqual({ identity: 'somebody-0001' });
      vi.setSystemTime(Date.now() + 60_001);
      expect(await find(cookie)).toBe('expired');
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['', 'unreadable-record'],
    ['garbage', 'unreadable-record'],
    ['null', 'no-identity'],
    ['42', 'no-identity'],
    ['"expired"', 'no-identity'],
    ['[]', 'no-identity'],
    ['{"identity":"somebody-0001","cookie":{"expires":"tomorrow"}}', 'expired'],
  ])('whose record is spoiled is none: %j', async (spoiled, reason) => {
    await redis.set(`${prefix}spoiled`, spoiled);
    expect(await find(`connect.sid=s:${sign('spoiled', SECRET)}`)).toBe(reason);
  });

  test('of Passport has its identity in passport.user: a text, a number, or a property of what is there', async () => {
    const of = async (user: unknown, path: string, identityPrefix = '') =>
      find(await backend.login({ passport: { user } }), { identityPath: path.split('.'), identityPrefix });
    expect(await of('somebody-0001', 'passport.user')).toEqual({ identity: 'somebody-0001' });
    expect(await of(10_482_113, 'passport.user')).toEqual({ identity: '10482113' });
    expect(await of({ id: 10_482_113, name: 'Somebody' }, 'passport.user.id')).toEqual({ identity: '10482113' });
    expect(await of('auth0|65f0c1b2a3d4e5f6a7b8c9d0', 'passport.user', 'auth0|')).toEqual({
      identity: '65f0c1b2a3d4e5f6a7b8c9d0',
    });
    expect(await of({ id: 10_482_113 }, 'passport.user')).toBe('identity-not-twilios');
    expect(await of(42, 'passport.user')).toBe('identity-not-twilios');
    expect(await of(undefined, 'passport.user')).toBe('no-identity');
  });

  test('is not found by its bare id, unsigned', async () => {
    const cookie = await backend.login({ identity: 'somebody-0001' });
    const id = decodeURIComponent(cookie).slice('connect.sid=s:'.length).split('.')[0] ?? '';
    expect(await redis.exists(prefix + id)).toBe(1);
    for (const unsigned of [
      id,
      `s:${id}`,
      `s:${id}.`,
      `j:${id}`,
      `j:${sign(id, SECRET)}`,
      `s:${sign(id, 'a-secret-of-somebody-else')}`,
    ])
      expect(await find(`connect.sid=${encodeURIComponent(unsigned)}`)).toBeOneOf(['malformed', 'bad-signature']);
  });

  test('of cookies with the same name, the one that Express would use is read', async () => {
    const [one, two] = [
      await backend.login({ identity: 'somebody-0001' }),
      await backend.login({ identity: 'somebody-0002' }),
    ];
    for (const cookies of [`${one}; ${two}`, `${two}; ${one}`, `a=b;  ${two} ;${one}`, `connect.sidx=1; ${one}`]) {
      expect(await find(cookies)).toEqual({ identity: await backend.whoami(cookies) });
    }
  });

  test('needs of Redis what the docs give it, and no more', async () => {
    const started = new Started();
    try {
      const server = await started.server();
      const docs = readFileSync(new URL('../../docs/sessions.md', import.meta.url), 'utf8');
      const [, rules = ''] = /^user push-resend-sessions (on >PASSWORD .*~sess:.*)$/m.exec(docs) ?? [];
      await server.admin.call('ACL', 'SETUSER', 'reader', 'reset', ...rules.split(' '));
      const reader = started.client({ port: server.port, username: 'reader', password: 'PASSWORD' });
      await server.admin.set('sess:an-id', JSON.stringify({ identity: 'somebody-0001' }), 'EX', 60);
      const sessions = new ExpressSessions(reader, { secrets: [SECRET], prefix: 'sess:', identityPath: ['identity'] });
      expect(await sessions.find(`s:${sign('an-id', SECRET)}`)).toEqual({ identity: 'somebody-0001' });
      expect(await reader.ping()).toBe('PONG');
      for (const command of [reader.set('sess:an-id', '1'), reader.del('sess:an-id'), reader.get('other')])
        await expect(command).rejects.toThrow(/NOPERM/);
    } finally {
      await started.stopAll();
    }
  });
});

describe('the cookie of a request', () => {
  test.each([
    ['connect.sid=value', 'value'],
    ['other=1; connect.sid=value; more=2', 'value'],
    ['connect.sid="quoted"', 'quoted'],
    ['connect.sid=s%3Aid.sig%2B%2F', 's:id.sig+/'],
    ['connect.sid=first; connect.sid=second', 'first'],
    ['connect.sid=a=b=c', 'a=b=c'],
    ['connect.sid=; connect.sid=second', undefined],
    ['connect.sid', undefined],
    ['CONNECT.SID=value', undefined],
    ['xconnect.sid=value', undefined],
    ['connect.sid=%zz', ''],
    ['connect.sid=%E0%A4%A', ''],
    [`connect.sid=${'x'.repeat(4097)}`, ''],
    ['__proto__=value', undefined],
    ['', undefined],
    [';;;=;=', undefined],
  ])('%s', (header, value) => {
    expect(credentialOf(header)).toBe(value);
  });
});
