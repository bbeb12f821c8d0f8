/**
 * What one client can do with a session, a captured webhook or a connection, against the built service with the heap of the
 * manifests: others look and press meanwhile, probes are answered, and memory stays.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, Simulator } from '../../apps/simulator/src/simulator.js';
import { signatureHeaders } from '../../apps/simulator/src/webhook-signature.js';
import { AUDIENCE, IdentityProvider } from '../sessions/identity-provider.js';
import { withOtherEnds, withTheOtherS } from '../sessions/jwt-spellings.js';
import { builtOnce } from '../support/built-once.js';
import { type Answer, type Screen, Site } from './site.js';

const GROWS_AT_MOST = 1.3;
const PRESSES_A_MINUTE = 30;
const MOST_GUESSES = 8;
/** So few at once that none is refused, however late the event loop is: it counts what arrives and what is worked on. */
const FEW = 20;
const PUBLIC_URL = 'https://login.example.com';
const WEBHOOK = '/webhooks/twilio/verify';

interface User extends Screen {
  readonly identity: string;
}

const simulator = new Simulator();
let twilio: RunningSimulator;
let idp: IdentityProvider;
let site: Site;
let idleBytes = 0;
beforeAll(async () => {
  twilio = await simulator.start({ port: 0 });
  idp = await IdentityProvider.start();
  idp.rotate('published', 'ES256');
  const settings = {
    SESSION_STRATEGY: 'jwt',
    SESSION_JWT_JWKS_URL: idp.jwksUrl,
    SESSION_JWT_ISSUER: idp.issuer,
    SESSION_JWT_AUDIENCE: AUDIENCE,
    SESSION_JWT_ALGORITHMS: 'ES256',
    THROTTLE_SESSION_PER_MINUTE: String(PRESSES_A_MINUTE),
    TWILIO_AUTH_TOKEN: twilio.authToken,
    PUBLIC_URL,
    // Deadlines that a busy machine keeps.
    TWILIO_FETCH_DEADLINE_MS: '9000',
    TWILIO_CREATE_DEADLINE_MS: '9000',
    RESEND_LEASE_SECONDS: '60',
  };
  site = await Site.start(builtOnce(), { twilio, settings });
  for (let before = 0; idleBytes === 0; before = site.service.residentBytes) {
    const users = await Promise.all(Array.from({ length: 50 }, () => newUser()));
    await Promise.all(users.flatMap((user) => [site.look(user), site.tap(user), site.look(user)]));
    if (site.service.residentBytes < before * 1.02) idleBytes = site.service.residentBytes;
  }
}, 180_000);
afterAll(async () => {
  await site.stop();
  await idp.goDown();
  await simulator.stop();
});

async function simulate<Reply>(method: string, path: string, body?: object): Promise<Reply> {
  const init = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${twilio.url}/_sim${path}`, { method, ...init });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Reply;
}

async function newUser(identity = `user-${randomBytes(8).toString('hex')}`): Promise<User> {
  const token = await idp.signed(idp.claims(identity));
  const { challengeSid } = await simulate<Screen>('POST', '/challenges', { identity, ageSeconds: 60 });
  return { identity, challengeSid, authorization: `Bearer ${token}` };
}

/** As a screen does it: 503 says when to come back. @returns the status */
async function served(ask: () => Promise<Answer>): Promise<number> {
  for (;;) {
    const { status, retryAfter } = await ask();
    if (status !== 503) return status;
    await sleep(retryAfter * 1000);
  }
}

/** Attacks, and has others look, press and probe until it is over. */
async function during<Result>(attack: () => Promise<Result>): Promise<Result> {
  const others = (await Promise.all(Array.from({ length: 20 }, () => newUser()))).values();
  const [looking] = others;
  let isOver = false;
  const attacking = attack().finally(() => (isOver = true));
  let mostBytes = 0;
  for (const pressing of others) {
    const statuses = await Promise.all([
      served(() => site.look(looking ?? pressing)),
      served(() => site.tap(pressing)),
      site.livez().then(({ status }) => status),
    ]);
    expect(statuses).toEqual([200, 201, 200]);
    mostBytes = Math.max(mostBytes, site.service.residentBytes);
    if (isOver) break;
    await sleep(100);
  }
  const result = await attacking;
  expect(mostBytes / idleBytes).toBeLessThan(GROWS_AT_MOST);
  return result;
}

test('250 looks of one session at once fetch eight Challenges at most', { timeout: 120_000 }, async () => {
  const guesser = await newUser();
  const pool = new Pool(`http://127.0.0.1:${site.service.publicPort}`, { connections: 250 });
  await simulate('POST', '/faults', { operation: 'fetchChallenge', kind: 'delay', delayMs: 500, times: 1000 });
  const statuses = await during(() =>
    Promise.all(
      Array.from({ length: 250 }, async () => {
        const path = `/v1/challenges/YC${randomBytes(16).toString('hex')}`;
        const { statusCode, body } = await pool.request({
          method: 'GET',
          path,
          headers: { authorization: guesser.authorization },
        });
        await body.dump();
        return statusCode;
      }),
    ),
  );
  await simulate('DELETE', '/faults');
  await pool.destroy();
  const journal = await simulate<{ method: string; path: string }[]>('GET', '/journal');
  const fetches = journal.filter(({ method, path }) => method === 'GET' && path.includes(`/${guesser.identity}/`));
  expect(fetches.length).toBeGreaterThan(0);
  expect(fetches.length).toBeLessThanOrEqual(MOST_GUESSES);
  expect(statuses).toContain(404);
  // On a busy machine some are refused before any work.
  expect(statuses.filter((status) => ![404, 429, 503].includes(status))).toEqual([]);
});

test('other spellings of a JWT press no more often than the session may', { timeout: 120_000 }, async () => {
  const { authorization, challengeSid } = await newUser();
  const otherS = withTheOtherS(authorization);
  const spellings = [authorization, `${authorization}==`, otherS, `${otherS}==`, ...withOtherEnds(authorization)];
  const presses = await during(async () => {
    const answers: string[] = [];
    for (let press = 0; press < 2 * PRESSES_A_MINUTE; press++) {
      const spelling = spellings[press % spellings.length] ?? '';
      answers.push((await site.tap({ challengeSid, authorization: spelling })).text);
    }
    return answers;
  });
  const passed = presses.filter((text) => !text.includes('"code":"too-many-requests"'));
  // A window of a minute may end meanwhile.
  expect(passed.length).toBeLessThan(2 * PRESSES_A_MINUTE);
  expect(presses.filter((text) => text.includes('session-invalid'))).toEqual([]);
});

test('a captured webhook that is split anew moves no answer', { timeout: 120_000 }, async () => {
  const identity = `user-${randomBytes(8).toString('hex')}`;
  const own = await newUser(identity);
  let other = await newUser(identity);
  // Its last letter hides the name behind it, if overlapping names are not looked for.
  while (!other.challengeSid.endsWith('c')) other = await newUser(identity);
  for (const user of [own, other]) expect((await site.look(user)).status).toBe(200);
  const factor = `YF${'0'.repeat(32)}`;
  const service = { account_sid: twilio.accountSid, service_sid: twilio.serviceSid };
  const common = { ...service, entity_identity: identity, factor_type: 'push', uuid: 'captured' };
  const denied = { ...common, type: 'challenge.denied', challenge_sid: own.challengeSid, factor_sid: factor };
  const named = `challenge_sid${other.challengeSid}entity_identity${identity}factor_sid`;
  const hiding = `challenge_sid${other.challengeSid.slice(0, -1)}`;
  const rest = `challenge_sid${own.challengeSid}entity_identity${identity}factor_sid${factor}`;
  const words = `account_sid${service.account_sid}challenge_sid${other.challengeSid}entity_identity${identity}service_sid${service.service_sid}typechallenge.approved`;
  const created = { ...common, type: 'factor.created', factor_friendly_name: `${words}zz`, factor_sid: factor };
  const [before = '', behind = ''] = textOf(created).split(words);
  const splits: [Record<string, string>, Record<string, string>][] = [
    [
      { ...denied, challenge_details: `sign in? ${named}${hiding}` },
      { ...denied, challenge_details: 'sign in? ', challenge_sid: other.challengeSid, factor_sid: `${hiding}${rest}` },
    ],
    [
      created,
      {
        account_si: before.slice('account_si'.length),
        ...service,
        challenge_sid: other.challengeSid,
        entity_identity: identity,
        type: 'challenge.approved',
        zz: behind.slice('zz'.length),
      },
    ],
  ];
  await during(async () => {
    for (const [sent, anew] of splits) {
      expect(textOf(anew)).toBe(textOf(sent));
      expect(await calledWith(anew, sent)).toBe(403);
    }
    for (const user of [own, other]) expect((await site.look(user)).text).toContain('"status":"pending"');
  });
  expect(await calledWith(denied, denied)).toBe(200);
  expect((await site.look(own)).text).toContain('"status":"denied"');
});

test('a request followed by FIN, or by a stray byte, gets its answer', { timeout: 120_000 }, async () => {
  const { challengeSid, authorization } = await newUser();
  const head = [`GET /v1/challenges/${challengeSid} HTTP/1.1`, 'Host: x', `Authorization: ${authorization}`];
  const request = `${head.join('\r\n')}\r\n\r\n`;
  const answers = await during(() =>
    Promise.all(
      Array.from({ length: FEW }, (_, at) => (at % 2 === 0 ? exchanged(request, true) : exchanged(`${request}X`))),
    ),
  );
  expect(answers.filter((answer) => !answer.startsWith('HTTP/1.1 200 '))).toEqual([]);
});

/** What Twilio signs of a form. */
function textOf(form: Readonly<Record<string, string>>): string {
  const names = Object.keys(form).toSorted();
  return names.map((name) => name + (form[name] ?? '')).join('');
}

/** Calls the webhook with these fields, and the signature of others. @returns the status */
async function calledWith(fields: Record<string, string>, signed: Record<string, string>): Promise<number> {
  const plain = { webhookSharedKey: null, webhookAlgorithm: 'HMAC_SHA1', webhookBadSignature: false } as const;
  const { status } = await fetch(`http://127.0.0.1:${site.service.publicPort}${WEBHOOK}`, {
    method: 'POST',
    headers: signatureHeaders(PUBLIC_URL + WEBHOOK, signed, twilio.authToken, plain),
    body: new URLSearchParams(fields),
  });
  return status;
}

/** Sends bytes, and perhaps FIN. @returns all that comes until the service has closed */
function exchanged(bytes: string, isLast = false): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ port: site.service.publicPort, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('connect', () => (isLast ? socket.end(bytes) : socket.write(bytes)));
    socket.on('data', (some) => (received += some.toString()));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.destroy();
      resolve(received);
    });
  });
}
