/** The packed packages in applications of somebody else, outside of this repository. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { buttonAfter, press } from './host/src/button.js';
import { PLATFORMS } from './platforms.js';
import { run } from './processes.js';
import { openStage, PAYMENTS_SERVICE, type Stage } from './stage.js';
import { openWorkshop, type Workshop } from './workshop.js';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
}, 300_000);
afterAll(() => workshop?.remove(), 120_000);

/** Every file of an installed package, by its path in there. */
function filesOf(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name));
  return new Map(paths.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

describe('the tarballs', () => {
  test('hold what their entry points reach, and nothing else', () => {
    const paths = [...filesOf(join(workshop.hosts.express, 'node_modules/@push-resend/nestjs')).keys()];
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(
      paths
        .filter((path) => path.endsWith('.lua'))
        .map((path) => path.replace(/.*\//, ''))
        .toSorted(),
    ).toEqual(['add-to-all.lua', 'add-to-user.lua', 'count.lua', 'ledger.lua', 'users-at-limit.lua']);
    expect(paths.filter((path) => /settings|openapi|\.test\.|(?<!\.d)\.ts$|\.map$/.test(path))).toEqual([]);
    const page = ['index.html', 'page.css', 'page.js'].map((file) => `dist/page/${file}`);
    const simulated = [...filesOf(join(workshop.simulator, 'node_modules/@push-resend/simulator')).keys()];
    expect(simulated).toEqual(expect.arrayContaining(['LICENSE', 'README.md', ...page]));
  });

  test('import nothing by a name that only this repository knows', () => {
    const root = resolve(import.meta.dirname, '../..');
    const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as {
      compilerOptions: { paths: Record<string, unknown> };
    };
    const aliases = Object.keys(compilerOptions.paths).filter((alias) => alias.endsWith('/*'));
    expect(aliases).toContain('@resend/*');
    const quoted = new RegExp(`['"\`](${aliases.map((alias) => alias.slice(0, -1)).join('|')})`);
    for (const folder of [workshop.hosts.express, workshop.simulator]) {
      for (const [path, text] of filesOf(join(folder, 'node_modules/@push-resend'))) {
        expect(quoted.exec(text)?.[0], path).toBeUndefined();
      }
    }
  });

  test('have the version of the repository', () => {
    const version = (folder: string) =>
      JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version as string;
    const own = version(resolve(import.meta.dirname, '../..'));
    expect(version(join(workshop.hosts.fastify, 'node_modules/@push-resend/nestjs'))).toBe(own);
    expect(version(join(workshop.simulator, 'node_modules/@push-resend/simulator'))).toBe(own);
  });
});

test('the packed simulator starts inside a test', async () => {
  const script = `
    import { Simulator } from '@push-resend/simulator';
    const simulator = new Simulator();
    const { url } = await simulator.start({ port: 0 });
    const { serviceSid } = await (await fetch(url + '/_sim')).json();
    console.log(serviceSid);
    await simulator.stop();`;
  const output = await run(process.execPath, ['--input-type=module', '--eval', script], workshop.simulator);
  expect(output).toMatch(/^VA\d{32}$/m);
});

describe.each(PLATFORMS)('a host on %s', (platform) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(workshop, platform);
  }, 60_000);
  afterAll(() => stage?.close());

  const as = (identity: string) => ({ authorization: `Bearer login-of-${identity}` });
  const get = (path: string, headers: Record<string, string> = {}) => fetch(stage.api + path, { headers });
  const post = (path: string, headers: Record<string, string> = {}, body?: object) =>
    fetch(stage.api + path, {
      method: 'POST',
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const tap = (identity: string, sid: string) => post(`/login/pushes/${sid}/notifications`, as(identity));
  /** The Notifications that Twilio has created for a Challenge, whether or not they have been answered. */
  const createdFor = async (sid: string) =>
    (await stage.simulated(`/journal?challengeSid=${sid}`)).filter(({ effect }) => effect === 'notification-created');
  const codeOf = async (response: Response) => ((await response.json()) as { code?: string }).code;

  test('its button sends one push for each press, and then counts down', async () => {
    const identity = 'somebody-0001';
    const pushes = `${stage.api}/login/pushes`;
    const young = await stage.challenge(identity, { ageSeconds: 5 });
    const early = await press(pushes, young, `login-of-${identity}`);
    expect(early.code).toBe('cooling-down');
    expect(buttonAfter(early)).toEqual({ label: expect.stringMatching(/^Send again in \d+ s$/), disabled: true });

    const sid = await stage.challenge(identity);
    const first = await press(pushes, sid, `login-of-${identity}`, 'press-0001');
    const again = await press(pushes, sid, `login-of-${identity}`, 'press-0001');
    expect(first).toMatchObject({ nextAction: 'open-app', resend: { remaining: 1 } });
    expect(again).toMatchObject({ notification: (first as { notification?: object }).notification });
    expect(buttonAfter(again).disabled).toBe(true);
    expect(await createdFor(sid)).toHaveLength(1);
  });

  test('what is refused has the form of RFC 9457', async () => {
    const sid = await stage.challenge('somebody-0002', { ageSeconds: 5 });
    const cooling = await tap('somebody-0002', sid);
    expect(cooling.status).toBe(429);
    expect(cooling.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(Number(cooling.headers.get('retry-after'))).toBeGreaterThan(0);
    const foreign = await get(`/login/pushes/${sid}`, as('somebody-else'));
    expect([foreign.status, await codeOf(foreign)]).toEqual([404, 'challenge-not-found']);
    const invalid = await post(`/login/pushes/${sid}/notifications`, as('somebody-0002'), { ttl: '60' });
    expect(await invalid.json()).toMatchObject({
      status: 400,
      errors: expect.arrayContaining([{ pointer: '/ttl', message: 'must be a whole number of seconds' }]),
    });
    const anonymous = await get(`/login/pushes/${sid}`);
    expect([anonymous.status, await codeOf(anonymous)]).toEqual([401, 'session-invalid']);
  });

  test.each(['form', 'json'])('Twilio’s webhook about a denial is believed, as %s', async (webhookEncoding) => {
    const identity = `denier-${webhookEncoding}`;
    await stage.simulate('/switches', { webhookEncoding });
    const sid = await stage.challenge(identity);
    expect((await tap(identity, sid)).status).toBe(201);
    await stage.simulate(`/challenges/${sid}/respond`, { status: 'denied' });
    const [delivery] = (await stage.simulated('/webhooks')).toReversed();
    expect(delivery).toMatchObject({ type: 'challenge.denied', status: 200 });
    expect(await codeOf(await tap(identity, sid))).toBe('challenge-denied');
    // Nobody has looked at the denied Challenge: only the webhook can have begun the hold.
    const next = await stage.challenge(identity);
    expect(await codeOf(await tap(identity, next))).toBe('held-after-denial');
  });

  test('a webhook that Twilio has not signed is refused', async () => {
    const forged = await post('/hooks/twilio', { 'x-twilio-signature': `${'A'.repeat(27)}=` }, { type: 'x' });
    expect([forged.status, await codeOf(forged)]).toEqual([403, 'webhook-signature-invalid']);
  });

  test('staff come in by the host’s own guard, and the audit trail names them', async () => {
    const badge = { 'x-badge': 'badge-7' };
    const sid = await stage.challenge('somebody-0003');
    expect((await get('/staff/pushes/identities/somebody-0003/resend-state')).status).toBe(403);
    const onBehalf = await post(`/staff/pushes/identities/somebody-0003/challenges/${sid}/notifications`, badge, {
      reason: 'caller sees no push',
    });
    expect(onBehalf.status).toBe(201);
    const state = await get('/staff/pushes/identities/somebody-0003/resend-state', badge);
    const used = expect.objectContaining({ name: 'user-15m', used: 1 });
    expect(await state.json()).toMatchObject({ policies: expect.arrayContaining([used]) });
    const trail = (await (await get('/staff/pushes/audit-events?limit=5', badge)).json()) as { events: object[] };
    expect(trail.events).toContainEqual(expect.objectContaining({ actor: 'desk:agent-7' }));
  });

  test('its own controller sends a push, and gets a refusal as a value', async () => {
    const sid = await stage.challenge('somebody-0004');
    const sent = await post(`/v1/sign-in/${sid}/again`, as('somebody-0004'));
    expect(await sent.json()).toEqual({ pushed: true, sid: expect.stringMatching(/^NT/) });
    const foreign = await post(`/v1/sign-in/${sid}/again`, as('somebody-else'));
    expect(await foreign.json()).toEqual({ pushed: false, because: 'challenge-not-found' });
    const malformed = await post('/v1/sign-in/nonsense/again', as('somebody-0004'));
    expect([malformed.status, await malformed.json()]).toEqual([
      200,
      { pushed: false, because: 'challenge-not-found' },
    ]);
  });

  test('two Verify Services in it do not share limits', async () => {
    const identity = 'somebody-0005';
    const login = await stage.challenge(identity);
    expect((await tap(identity, login)).status).toBe(201);
    const payment = await stage.challenge(identity, { serviceSid: PAYMENTS_SERVICE });
    const paid = await post(`/payments/pushes/${payment}/notifications`, as(identity));
    expect(await paid.json()).toMatchObject({ resend: { status: 'exhausted', remaining: 0, limit: 1 } });
    expect(paid.status).toBe(201);
    // Neither finds the other’s Challenges.
    expect((await get(`/payments/pushes/${login}`, as(identity))).status).toBe(404);
    expect((await get(`/login/pushes/${payment}`, as(identity))).status).toBe(404);
  });

  test('its own routes answer as they did without the module', async () => {
    const bareApi = await stage.startBareHost();
    const json = { 'content-type': 'application/json' };
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const requests: [path: string, request?: RequestInit][] = [
      ['/v1/greetings'],
      ['/v1/greetings', { method: 'POST', headers: json, body: '{"name":"hello"}' }],
      ['/v1/greetings', { method: 'POST', headers: json, body: '{"name":"hello","more":1}' }],
      ['/v1/greetings', { method: 'POST', headers: json, body: '{"name":' }],
      ['/v1/greetings', { method: 'POST', headers: form, body: 'name=hello' }],
      ['/v1/greetings', { method: 'DELETE' }],
      ['/v1/greetings/mine'],
      ['/v1/greetings/broken'],
      ['/v1/nothing'],
      ['/login/pushes'],
      ['/login/pushes', { method: 'POST', headers: json, body: '{}' }],
      ['/hooks/twilio'],
    ];
    for (const [path, request] of requests) {
      const answer = async (api: string) => {
        const response = await fetch(api + path, request ?? {});
        const names = [...response.headers.keys()].toSorted();
        return {
          status: response.status,
          type: response.headers.get('content-type'),
          names,
          body: await response.text(),
        };
      };
      expect(await answer(stage.api), `${request?.method ?? 'GET'} ${path}`).toEqual(await answer(bareApi));
    }
  });

  test('its body parser refuses malformed JSON in its own format, on the module’s routes too', async () => {
    const malformed = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"ttl":' };
    const own = await fetch(`${stage.api}/v1/greetings`, malformed);
    const pushes = await fetch(`${stage.api}/login/pushes/YC${'0'.repeat(32)}/notifications`, malformed);
    expect([pushes.status, await pushes.json()]).toEqual([400, await own.json()]);
  });

  test('its unit test, with limits in memory and a scripted Twilio, passes', async () => {
    await run(process.execPath, ['--test', 'dist/test/sign-in.spec.js'], workshop.hosts[platform]);
  });

  test('it drains: it is not ready, screens go elsewhere, and staff still get answers', async () => {
    const sid = await stage.challenge('somebody-0006');
    const ready = await get('/v1/health/ready');
    expect([ready.status, await ready.json()]).toMatchObject([200, { resends: { status: 'up', ledger: 'up' } }]);
    expect(await (await post('/v1/health/drain')).json()).toEqual({ stillRunning: 0 });
    expect((await get('/v1/health/ready')).status).toBe(503);
    expect(await codeOf(await tap('somebody-0006', sid))).toBe('shutting-down');
    const badge = { 'x-badge': 'badge-7' };
    expect((await get('/staff/pushes/identities/somebody-0006/resend-state', badge)).status).toBe(200);
    expect((await get('/v1/greetings')).status).toBe(200);
  });

  test('SIGTERM ends it: no new push, and the one that is under way is finished', async () => {
    const identity = 'somebody-0007';
    const sid = await stage.challenge(identity, { serviceSid: PAYMENTS_SERVICE });
    const pay = () => post(`/payments/pushes/${sid}/notifications`, as(identity));
    await stage.simulate('/faults', { operation: 'createNotification', kind: 'delay', delayMs: 2500, times: 1 });
    const underWay = pay();
    await vi.waitFor(async () => expect(await createdFor(sid)).toHaveLength(1), { timeout: 15_000 });
    const ended = stage.host.stop();
    await vi.waitFor(async () => expect(await codeOf(await pay())).toBe('shutting-down'), { timeout: 15_000 });
    expect((await underWay).status).toBe(201);
    expect(await ended).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('neither a secret nor a user stands in what it has printed', () => {
    for (const secret of [...stage.secrets, 'somebody-000', 'denier-'])
      expect(stage.host.output()).not.toContain(secret);
  });
});
