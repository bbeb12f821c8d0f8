/** How the module is declared: what it needs, what it refuses, what it exports. */
import { Controller, Inject, Injectable, Module, Post, Req } from '@nestjs/common';
import { Registry } from '@prometheus-io/client';
import twilio from 'twilio';
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  DEFAULT_POLICY,
  PushResendModule,
  PushResendOptionsError,
  type PushResendOptions,
  ResendService,
} from '@nest/index.js';
import { PushResendTestingModule, type PushResendTestingOptions, ScriptedTwilio } from '@nest/testing/index.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { checkedOptions } from '@nest/parts/checked-options.js';
import { readSettings } from '@settings/read-settings.js';
import { pino } from 'pino';
import { optionsFrom } from '../../apps/resend/src/wiring/options-from.js';
import { ownCorner } from '../support/redis.js';
import { Simulator } from '../../apps/simulator/src/simulator.js';
import { sign } from '../webhook/webhook-rig.js';
import { type HostUser, LoginGuard, startHost, SupportGuard } from './host.js';

const ACCOUNT = { accountSid: `AC${'1'.repeat(32)}`, serviceSid: `VA${'3'.repeat(32)}` };
const CREDENTIALS = {
  ...ACCOUNT,
  apiKeySid: `SK${'2'.repeat(32)}`,
  apiKeySecret: 'the-secret-of-the-api-key',
};
const WEBHOOK = 'https://login.example.com/hooks/twilio';
const JWT = {
  jwksUrl: 'https://id.example.com/jwks',
  issuer: 'https://id.example.com',
  audience: 'pushes',
  algorithms: ['ES256'],
};
const COOKIES = {
  strategy: 'express-session',
  secrets: ['s'.repeat(16)],
  prefix: 'sess:',
  identityPath: ['user'],
} as const;
const INTROSPECTION = {
  strategy: 'introspection',
  url: 'https://id.example.com/introspect',
  clientId: 'pushes',
  clientSecret: 's'.repeat(16),
  cacheMs: 5000,
  deadlineMs: 2000,
} as const;
const session = ({ user }: { user?: HostUser }) => user;
const opened: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of opened.splice(0).toReversed()) await close();
});

async function host(...imports: Parameters<typeof startHost>[1][]) {
  const started = await startHost('fastify', ...imports);
  opened.push(() => started.app.close());
  return started;
}

describe('options that can not work are refused at the start', () => {
  const wrong: [string, Partial<PushResendOptions>, RegExp][] = [
    ['a Redis without a hash secret', { redis: ownRedis() }, /identityHashSecret: is required/],
    ['a short hash secret', { redis: ownRedis(), identityHashSecret: 'x'.repeat(31) }, /identityHashSecret/],
    ['an account that is none', { twilio: { ...CREDENTIALS, accountSid: 'AC1' } }, /twilio\.accountSid/],
    ['a Verify Service that is none', { twilio: { ...CREDENTIALS, serviceSid: '' } }, /twilio\.serviceSid/],
    ['a lease shorter than Twilio may take', { policy: { leaseMs: 7000 } }, /policy\.leaseMs/],
    ['a cooldown shorter than a create', { policy: { cooldownsMs: [3000] } }, /policy\.cooldownsMs/],
    ['no cooldown', { policy: { cooldownsMs: [] } }, /policy\.cooldownsMs/],
    ['a window over a day', { policy: { userLimits: [{ limit: 1, windowMs: 86_400_001 }] } }, /policy\.userLimits/],
    ['no user limit', { policy: { userLimits: [] } }, /policy\.userLimits/],
    ['four resends a Challenge', { policy: { maxPerChallenge: 4 } }, /policy\.maxPerChallenge/],
    ['a time that is no number', { deadlines: { fetchMs: Number.NaN } }, /number of milliseconds/],
    [
      'half a millisecond',
      { policy: { challengeCacheMs: 0.5 } },
      /policy\.challengeCacheMs: .* milliseconds, 1 or more/,
    ],
    ['a hold that is no number', { policy: { denyHoldMs: Number.NaN } }, /policy\.denyHoldMs: .* 0 or more/],
    ['a hold over an hour', { policy: { denyHoldMs: 3_600_001 } }, /policy\.denyHoldMs: must be at most 1 h/],
    ['room for no call', { capacity: { maxConcurrent: 0 } }, /capacity\.maxConcurrent: must be a whole number, 1 or/],
    ['a tap limit that limits nothing', { tapLimits: { sessionPerMinute: Number.NaN } }, /tapLimits\.sessionPerMinute/],
    ['no time for Redis', { redisCommandTimeoutMs: 0 }, /\n {2}redisCommandTimeoutMs/],
    [
      'an API key that is none',
      { twilio: { ...CREDENTIALS, apiKeySid: 'OQ1' } },
      /twilio\.apiKeySid: must be SK \(an API key\) or AC \(the account, with its auth token\) and 32 hex/,
    ],
    ['an empty secret', { twilio: { ...CREDENTIALS, apiKeySecret: undefined as never } }, /twilio\.apiKeySecret/],
    [
      'an OAuth app without a secret',
      { twilio: { ...ACCOUNT, oauth: { clientId: 'OQ1', clientSecret: '' } } },
      /twilio\.oauth\.clientSecret: is required/,
    ],
    ['webhooks with an empty shared key', { webhook: { sharedKeys: [''], url: WEBHOOK } }, /webhook\.sharedKeys/],
    ['webhooks with one empty token', { webhook: { authToken: ['x', ''], url: WEBHOOK } }, /webhook\.authToken/],
    ['webhooks with no secret at all', { webhook: { authToken: [], url: WEBHOOK } }, /webhook\.authToken/],
    [
      'webhooks that anybody could sign',
      { webhook: { authToken: '', url: WEBHOOK } },
      /webhook\.authToken: is required/,
    ],
    ['webhooks without a token', { webhook: { authToken: undefined as never, url: WEBHOOK } }, /webhook\.authToken/],
    ['webhooks of no address', { webhook: { authToken: 'x', url: '/hooks' } }, /webhook\.url/],
    ['webhooks with a query', { webhook: { authToken: 'x', url: `${WEBHOOK}?tenant=1` } }, /webhook\.url/],
    [
      'tokens for any audience',
      { session: { ...JWT, strategy: 'jwt', audience: '' } },
      /session\.audience: is required/,
    ],
    ['tokens for one of no audiences', { session: { ...JWT, strategy: 'jwt', audience: [] } }, /session\.audience: is/],
    [
      'tokens for any of two',
      { session: { ...JWT, strategy: 'jwt', audience: ['urn:a', ''] } },
      /session\.audience: is/,
    ],
    ['tokens of no type', { session: { ...JWT, strategy: 'jwt', types: [''] } }, /session\.types: needs at least one/],
    ['an identity nowhere', { session: { ...JWT, strategy: 'jwt', identityPath: [] } }, /session\.identityPath/],
    ['two scopes in one', { session: { ...JWT, strategy: 'jwt', scope: 'openid push:resend' } }, /session\.scope/],
    [
      'clocks that run back',
      { session: { ...INTROSPECTION, clockToleranceSeconds: -1 } },
      /session\.clockToleranceSeconds: must be a whole number, 0 or more/,
    ],
    ['tokens of any issuer', { session: { ...JWT, strategy: 'jwt', issuer: undefined as never } }, /session\.issuer/],
    [
      'tokens of a key that signs',
      { session: { ...JWT, strategy: 'jwt', algorithms: ['HS256'] } },
      /session\.algorithms/,
    ],
    ['consumers for any audience', { consumers: { jwt: { ...JWT, audience: '' } } }, /consumers\.jwt\.audience/],
    [
      'no time for the keys of an issuer',
      { session: { ...JWT, strategy: 'jwt', deadlineMs: 0 } },
      /session\.deadlineMs: must be a whole number of milliseconds, 1 or more/,
    ],
    [
      'no time for the keys of consumers',
      { consumers: { jwt: { ...JWT, deadlineMs: Number.NaN } } },
      /consumers\.jwt\.deadlineMs/,
    ],
    [
      'an audience in another claim',
      { session: { ...JWT, strategy: 'jwt', audienceClaim: 'azp' as never } },
      /session\.audienceClaim: must be aud or client_id/,
    ],
    [
      'a client that authenticates in another way',
      { session: { ...INTROSPECTION, clientAuthentication: 'none' as never } },
      /session\.clientAuthentication: must be client_secret_basic or client_secret_post or/,
    ],
    [
      'a Redis that is trusted in another way',
      { redis: ownRedis(), identityHashSecret: 'x'.repeat(32), redisPersistence: 'yes' as never },
      /redisPersistence: must be checked or trusted/,
    ],
    ['half a circuit breaker', { capacity: { breaker: { failures: 5 } as never } }, /capacity\.breaker\.openMs/],
    ['half a queue', { capacity: { queue: { limit: 5 } as never } }, /capacity\.queue\.waitMs/],
    ['cookies that anybody could sign', { session: { ...COOKIES, secrets: [''] } }, /session\.secrets\.0: is required/],
    ['an introspection without a secret', { session: { ...INTROSPECTION, clientSecret: '' } }, /session\.clientSecret/],
    [
      'a hash secret with a line break',
      { redis: ownRedis(), identityHashSecret: `${'x'.repeat(32)}\n` },
      /identityHashSecret: must be one line without leading or trailing whitespace or invisible characters/,
    ],
    [
      'a secret of the API key with a line break',
      { twilio: { ...CREDENTIALS, apiKeySecret: `${CREDENTIALS.apiKeySecret}\r` } },
      /twilio\.apiKeySecret: must be one line/,
    ],
    [
      'an auth token with a byte order mark',
      { webhook: { authToken: '\uFEFFx', url: WEBHOOK } },
      /webhook\.authToken: must be one line/,
    ],
    [
      'a webhook address with a blank',
      { webhook: { authToken: 'x', url: `${WEBHOOK} ` } },
      /webhook\.url: must be one/,
    ],
    [
      'a secret a line',
      { session: { ...COOKIES, secrets: [`${'s'.repeat(16)}\n${'t'.repeat(16)}`] } },
      /session\.secrets\.0: must be one line/,
    ],
    [
      'an audience with a blank',
      { session: { ...JWT, strategy: 'jwt', audience: ' pushes' } },
      /session\.audience: must be one line/,
    ],
    ['a simulator that is no URL', { twilio: { ...CREDENTIALS, baseUrl: '127.0.0.1:4010' } }, /twilio\.baseUrl/],
    [
      'a misspelt option',
      { policy: { cooldownMs: [60_000] } as never },
      /policy\.cooldownMs: is not an option; there are cooldownsMs, maxPerChallenge/,
    ],
    ['a proxy of another kind', { proxies: { httpsProxy: 'socks5://proxy.example' } }, /proxies\.httpsProxy: must be/],
    ['a strategy that is none', { session: { strategy: 'cookies' } as never }, /session\.strategy: must be token/],
    ['a client of another ioredis', { redis: { duplicate: () => {} } as never }, /same copy of ioredis/],
    ['no Redis and no memory', { redis: undefined as never }, /redis: is required/],
    [
      'no session',
      { session: undefined as never, twilio: undefined as never },
      /twilio: is required\s+session: is required/,
    ],
    [
      'a client of another region',
      { twilio: { client: twilio('AC1', 'x', { region: 'ie1', accountSid: 'AC1' }), serviceSid: 'VA1' } },
      /region/,
    ],
    [
      'cookies of express-session without a Redis',
      { session: { strategy: 'express-session', secrets: ['s'.repeat(16)], prefix: 'sess:', identityPath: ['user'] } },
      /express-session/,
    ],
  ];
  test.each(wrong)('%s', async (_, more, complaint) => {
    const options = { twilio: CREDENTIALS, redis: 'memory', session, ...more } as const;
    const starting = startHost('fastify', PushResendModule.forRoot(options));
    await expect(starting).rejects.toThrow(PushResendOptionsError);
    await expect(starting).rejects.toThrow(complaint);
    await expect(starting).rejects.not.toThrow(/the-secret-of-the-api-key/);
  });

  test('memory in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const starting = startHost('fastify', PushResendModule.forRoot({ twilio: CREDENTIALS, redis: 'memory', session }));
    await expect(starting).rejects.toThrow(/forgets every limit/);
  });

  test.each([
    [{ twilio: { ...CREDENTIALS, baseUrl: 'http://twilio.example.com' } }, 'twilio.baseUrl'],
    [{ session: { ...JWT, strategy: 'jwt', jwksUrl: 'http://id.example.com/jwks' } }, 'session.jwksUrl'],
    [{ session: { ...INTROSPECTION, url: 'http://10.0.0.1/introspect' } }, 'session.url'],
    [{ consumers: { jwt: { ...JWT, jwksUrl: 'http://id.example.com/jwks' } } }, 'consumers.jwt.jwksUrl'],
  ])('a secret in clear text in production: %j', async (more, place) => {
    const options = { twilio: CREDENTIALS, redis: ownRedis(), identityHashSecret: 'x'.repeat(32), session, ...more };
    expect(() => checkedOptions(options as PushResendOptions)).not.toThrow();
    vi.stubEnv('NODE_ENV', 'production');
    expect(() => checkedOptions(options as PushResendOptions)).toThrow(`${place}: must be https in production`);
    const toThisMachine = JSON.parse(JSON.stringify(more).replace(/http:..[^/"]+/, 'http://127.0.0.1:4010')) as object;
    expect(() => checkedOptions({ ...options, ...toThisMachine } as PushResendOptions)).not.toThrow();
  });

  test.each([
    [{ internal: { path: 'support' } }, /routes\.internal: is unprotected/],
    [{ sessions: { path: 'support', guards: [SupportGuard] } }, /routes\.sessions: needs session/],
    [{ webhook: { path: 'hooks' } }, /routes\.webhook: needs the option webhook/],
  ])('routes that could not work: %j', async (routes, complaint) => {
    const options = { twilio: CREDENTIALS, redis: 'memory', session, routes } as const;
    await expect(startHost('fastify', PushResendModule.forRoot(options))).rejects.toThrow(complaint);
  });

  test('a registry that has these metrics already', async () => {
    const metrics = new Registry();
    const options = { twilio: CREDENTIALS, redis: 'memory', session, metrics } as const;
    const [one, other] = [PushResendModule.forRoot(options), PushResendModule.forRoot(options)];
    await expect(startHost('fastify', one, other)).rejects.toThrow(/own registry/);
  });
});

function ownRedis() {
  return { ledger: undefined, sessions: undefined } as never;
}

test('what would have no effect is not offered', () => {
  type Jwt = Extract<PushResendOptions['session'], { strategy: 'jwt' }>;
  type InternalJwt = NonNullable<NonNullable<PushResendOptions['consumers']>['jwt']>;
  type Overwritten = 'proxies' | 'onTrouble' | 'onUnusableKeys';
  expectTypeOf<Extract<keyof Jwt, Overwritten>>().toBeNever();
  expectTypeOf<Extract<keyof InternalJwt, Overwritten>>().toBeNever();
  expectTypeOf<Extract<keyof PushResendTestingOptions, 'tracksRequests'>>().toBeNever();
});

describe('in a host’s own tests', () => {
  @Injectable()
  class LoginFlow {
    constructor(@Inject(ResendService) readonly resends: ResendService) {}
  }

  @Controller({ path: 'login', version: '1' })
  class LoginController {
    constructor(@Inject(LoginFlow) private readonly flow: LoginFlow) {}

    @Post('again')
    async again(@Req() { headers }: { headers: Record<string, string> }) {
      const result = await this.flow.resends.attempt({
        session: { identity: 'somebody-0001' },
        challengeSid: headers['x-challenge'] ?? '',
        by: { actor: 'login-backend' },
      });
      return result.kind === 'refused' ? { sent: false, because: result.code } : { sent: result.kind };
    }
  }

  @Module({ controllers: [LoginController], providers: [LoginFlow] })
  class LoginModule {}

  test('ResendService sends from a controller of the host, and says why not', async () => {
    let now = Date.parse('2026-03-02T10:00:00Z');
    const { app, http } = await host(
      PushResendTestingModule.forRoot({ session, now: () => now, isGlobal: true, policy: { maxPerChallenge: 3 } }),
      {
        module: LoginModule,
      },
    );
    const scripted = app.get(ScriptedTwilio);
    const sid = scripted.challenge({ identity: 'somebody-0001' });
    const again = async () => (await http.post('/api/v1/login/again').set('x-challenge', sid).expect(201)).body;
    expect(await again()).toEqual({ sent: 'sent' });
    expect(scripted.sent).toMatchObject([{ identity: 'somebody-0001', challengeSid: sid, ttlSeconds: 56 }]);
    expect(await again()).toEqual({ sent: 'replayed' });
    now += 5000;
    expect(await again()).toEqual({ sent: false, because: 'cooling-down' });
    now += 60_000;
    scripted.nextCreate({ outcome: 'unknown' });
    expect(await again()).toEqual({ sent: false, because: 'delivery-unknown' });
    scripted.respond(sid, 'approved');
    now += 120_000;
    expect(await again()).toEqual({ sent: false, because: 'challenge-approved' });
    expect(scripted.sent).toHaveLength(1);
  });

  test('two applications of one module class share neither limits nor pushes', async () => {
    const resends = PushResendTestingModule.forRoot({ session });
    const challenge = { identity: 'somebody-0001', sid: `YC${'d'.repeat(32)}` };
    for (const { app } of [await host(resends), await host(resends)]) {
      const scripted = app.get(ScriptedTwilio);
      const challengeSid = scripted.challenge(challenge);
      const tap = { session: { identity: 'somebody-0001' }, challengeSid, by: { actor: 'login-backend' } };
      expect(await app.get(ResendService).attempt(tap)).toMatchObject({ kind: 'sent' });
    }
  });

  test('the routes play against the script', async () => {
    const { app, http } = await host(
      PushResendTestingModule.forRoot({ session, routes: { public: { path: 'pushes', guards: [LoginGuard] } } }),
    );
    const sid = app.get(ScriptedTwilio).challenge({ identity: 'somebody-0002' });
    const tap = () => http.post(`/api/pushes/${sid}/notifications`).set('authorization', 'Login somebody-0002');
    await tap().expect(201);
    const unknown = await http.get(`/api/pushes/YC${'0'.repeat(32)}`).set('authorization', 'Login somebody-0002');
    expect(unknown.status).toBe(404);
  });
});

test.each(['pushes', '/pushes', '/pushes/', 'pushes//'])('a route at %s is where it looks to be', async (path) => {
  const routes = { public: { path, guards: [LoginGuard] } };
  const { app, http } = await host(PushResendTestingModule.forRoot({ session, routes }));
  const sid = app.get(ScriptedTwilio).challenge({ identity: 'somebody-0003' });
  await http.get(`/api/pushes/${sid}`).set('authorization', 'Login somebody-0003').expect(200);
});

test('parts of options that are undefined have their defaults', () => {
  const nothing = Object.fromEntries(['leaseMs', 'cooldownsMs', 'userLimits'].map((name) => [name, undefined]));
  const { policy } = checkedOptions({ twilio: CREDENTIALS, redis: 'memory', session, policy: nothing });
  expect(policy).toEqual(DEFAULT_POLICY);
});

test('keys in Redis begin with the Verify Service, also with a gateway of the host', () => {
  const prefixWith = (gateway: PushResendOptions['twilio']) =>
    checkedOptions({ twilio: gateway, redis: 'memory', session }).keyPrefix;
  expect(prefixWith(CREDENTIALS)).toBe(`push-resend:${ACCOUNT.serviceSid}:`);
  expect(prefixWith(Object.assign(new ScriptedTwilio(), ACCOUNT))).toBe(`push-resend:${ACCOUNT.serviceSid}:`);
  expect(prefixWith(Object.assign(new ScriptedTwilio(), { serviceSid: undefined }))).toBe('push-resend:custom:');
});

test('webhooks play against the script', async () => {
  const webhook = { authToken: 'the auth token of the account', url: WEBHOOK };
  const routes = { webhook: { path: 'hooks' }, public: { path: 'pushes', guards: [LoginGuard] } };
  const { app, http } = await host(PushResendTestingModule.forRoot({ session, webhook, routes }));
  const scripted = app.get(ScriptedTwilio);
  const { accountSid, serviceSid } = scripted;
  const sid = scripted.challenge({ identity: 'somebody-0004' });
  const look = () => http.get(`/api/pushes/${sid}`).set('authorization', 'Login somebody-0004').expect(200);
  expect((await look()).body.challenge.status).toBe('pending');
  const form = {
    type: 'challenge.denied',
    account_sid: accountSid,
    service_sid: serviceSid,
    entity_identity: 'somebody-0004',
    challenge_sid: sid,
  };
  const signature = sign(webhook.authToken, WEBHOOK, form);
  await http.post('/api/hooks').type('form').set('x-twilio-signature', signature).send(form).expect(200);
  expect((await look()).body.challenge.status).toBe('denied');
});

test('has the defaults that the settings document', () => {
  const settings = readSettings({
    TWILIO_ACCOUNT_SID: CREDENTIALS.accountSid,
    TWILIO_API_KEY_SID: CREDENTIALS.apiKeySid,
    TWILIO_API_KEY_SECRET: CREDENTIALS.apiKeySecret,
    TWILIO_VERIFY_SERVICE_SID: CREDENTIALS.serviceSid,
  });
  const {
    keyPrefix,
    origins: _o,
    consumers: _c,
    ...fromSettings
  } = checkedOptions(optionsFrom({ settings, metrics: createMetrics(), log: pino({ level: 'silent' }) }));
  const { policy, deadlines, capacity, tapLimits, audit, problemBaseUri, redisCommandTimeoutMs } = checkedOptions({
    twilio: CREDENTIALS,
    redis: 'memory',
    session,
  });
  expect(fromSettings).toMatchObject({ policy, deadlines, capacity, tapLimits, audit, problemBaseUri });
  expect(settings.redisCommandTimeoutMs).toBe(redisCommandTimeoutMs);
  expect(keyPrefix).toBe('push-resend:');
});

test('an identity that can not be Twilio’s is refused, and the log says why without it', async () => {
  const lines: string[] = [];
  const keep = (line: object, message: string) => void lines.push(JSON.stringify({ ...line, message }));
  const { http } = await host(
    PushResendTestingModule.forRoot({
      session: (request) => request.headers && { identity: 'auth0|1234567890' },
      routes: { public: { path: 'pushes' } },
      logger: { debug: keep, info: keep, warn: keep, error: keep },
    }),
  );
  await http.get(`/api/pushes/YC${'0'.repeat(32)}`).expect(401);
  expect(lines.join()).toContain('session.unusable');
  expect(lines.join()).not.toContain('1234567890');
});

test('checks the credentials when the application has started, and takes the next ones from functions', async () => {
  const simulator = new Simulator();
  const { url: baseUrl, accountSid, apiKeySid, apiKeySecret, serviceSid } = await simulator.start({ port: 0 });
  opened.push(() => simulator.stop());
  const lines: string[] = [];
  const keeper = pino({}, { write: (line) => lines.push(line) });
  const own = { secret: 'not yet the right one' };
  const { app } = await host(
    PushResendModule.forRoot({
      twilio: { accountSid, apiKeySid: () => apiKeySid, apiKeySecret: () => own.secret, serviceSid, baseUrl },
      checksTwilioAtStart: true,
      redis: 'memory',
      session,
      logger: keeper,
    }),
  );
  await expect.poll(() => lines.join('')).toMatch(/"event":"twilio.checked","code":"20003"/);
  own.secret = apiKeySecret;
  const attempt = {
    session: { identity: 'somebody-0005' },
    challengeSid: `YC${'5'.repeat(32)}`,
    by: { actor: 'host' },
  };
  expect(await app.get(ResendService).attempt(attempt)).toMatchObject({ code: 'challenge-not-found' });
});

test('two modules with different Verify Services on one Redis do not see each other’s limits', async () => {
  const { redis: client } = ownCorner();
  opened.push(() => client.disconnect());
  const identityHashSecret = 'a secret that only the tests of this module have';
  const parts = await Promise.all(
    ['first', 'second'].map(async (path) => {
      const simulator = new Simulator();
      const twilioUrl = await simulator.start({ port: 0 });
      opened.push(() => simulator.stop());
      const serviceSid = path === 'first' ? twilioUrl.serviceSid : `VA${'4'.repeat(32)}`;
      return { path, twilioUrl, serviceSid };
    }),
  );
  const modules = parts.map(({ path, serviceSid, twilioUrl }) =>
    PushResendModule.forRoot({
      twilio: {
        accountSid: twilioUrl.accountSid,
        apiKeySid: twilioUrl.apiKeySid,
        apiKeySecret: twilioUrl.apiKeySecret,
        serviceSid,
        baseUrl: twilioUrl.url,
      },
      redis: client,
      identityHashSecret,
      session,
      actor: () => 'host',
      routes: {
        public: { path: `${path}/pushes`, guards: [LoginGuard] },
        internal: { path: `${path}/support`, guards: [SupportGuard] },
      },
    }),
  );
  const { http } = await host(...modules);
  const identity = `somebody-${Date.now()}`;
  const [first] = parts;
  const made = await fetch(`${first?.twilioUrl.url}/_sim/challenges`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identity, ageSeconds: 60 }),
  });
  const { challengeSid } = (await made.json()) as { challengeSid: string };
  await http
    .post(`/api/first/pushes/${challengeSid}/notifications`)
    .set('authorization', `Login ${identity}`)
    .expect(201);
  const used = async (path: string) => {
    const asked = http.get(`/api/${path}/support/identities/${identity}/resend-state`).set('x-support', 'agent-7');
    return (await asked.expect(200)).body.policies[0].used as number;
  };
  expect(await used('first')).toBe(1);
  expect(await used('second')).toBe(0);
  const keys = await client.keys('push-resend:VA*');
  expect(keys.length).toBeGreaterThan(0);
  await client.unlink(...keys);
});
