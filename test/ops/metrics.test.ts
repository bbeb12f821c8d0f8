import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promtool } from '../support/promtool.js';
import { type Rig, startRig } from '../support/rig.js';
import { scrape } from './exposition.js';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ THROTTLE_SESSION_PER_MINUTE: '3' });
});
afterAll(() => rig.close());

/** What has grown by how much while `what` happened. */
async function growth(what: () => Promise<unknown>) {
  const before = await scrape(rig);
  await what();
  const after = await scrape(rig);
  return (name: string, labels: Record<string, string> = {}) => after.value(name, labels) - before.value(name, labels);
}

/** Known for it, and Node's own: https://github.com/prometheus/client_js */
const NODES_OWN = /^nodejs_(active_(handles|requests|resources)_total|eventloop_utilization_(histogram|summary))\b/;

test('Prometheus has nothing against their names and help, but for some of Node’s own', async () => {
  const { text } = await scrape(rig);
  const { said } = promtool(['check', 'metrics'], text);
  expect(said.split('\n').filter((line) => line !== '' && !NODES_OWN.test(line))).toEqual([]);
  expect(promtool(['check', 'metrics'], 'bad_total 1\n').said).not.toBe('');
});

test('everything but Node’s own has our prefix', async () => {
  const { series } = await scrape(rig);
  const names = series.map(({ name }) => name).filter((name) => !/^(nodejs|process)_/.test(name));
  expect(names.filter((name) => !name.startsWith('push_resend_'))).toEqual([]);
});

describe('how a Challenge ended', () => {
  const outcomes = 'push_resend_challenge_outcomes_total';
  const seconds = 'push_resend_resend_to_outcome_seconds';

  test('is counted once, with the resends before it and the time since the last', async () => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await screen.tap().expect(201);
      rig.wait(7);
      await screen.respond('approved');
      for (let look = 0; look < 2; look++) await screen.look().expect(200);
    });
    expect(grown(outcomes, { outcome: 'approved', resends: '1' })).toBe(1);
    expect(grown(`${seconds}_count`, { outcome: 'approved' })).toBe(1);
    expect(grown(`${seconds}_sum`, { outcome: 'approved' })).toBeCloseTo(7);
    expect(grown(`${seconds}_bucket`, { outcome: 'approved', le: '5' })).toBe(0);
    expect(grown(`${seconds}_bucket`, { outcome: 'approved', le: '10' })).toBe(1);
  });

  test('counts without a resend, too, but has no time since one', async () => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await screen.respond('denied');
      await screen.look().expect(200);
    });
    expect(grown(outcomes, { outcome: 'denied', resends: '0' })).toBe(1);
    expect(grown(`${seconds}_count`, { outcome: 'denied' })).toBe(0);
  });

  test('is learnt by the press that comes too late', async () => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await screen.respond('denied');
      await screen.tap().expect(409);
    });
    expect(grown(outcomes, { outcome: 'denied', resends: '0' })).toBe(1);
  });

  test('is learnt by a resend that Twilio refuses', async () => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await rig.simulate('POST', '/faults', {
        operation: 'createNotification',
        kind: 'error-json',
        code: 60323,
        times: 1,
      });
      await screen.tap().expect(410);
    });
    expect(grown(outcomes, { outcome: 'expired', resends: '0' })).toBe(1);
  });
});

describe('the end of a press', () => {
  const presses = 'push_resend_presses_total';

  test('is served, or refused, which is no failure', async () => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await screen.tap().expect(201);
      rig.wait(5);
      await screen.tap().expect(429);
      await screen.look().expect(200);
    });
    expect(grown(presses, { end: 'served' })).toBe(1);
    expect(grown(presses, { end: 'refused' })).toBe(1);
  });

  test.each([
    ['provider-fault', { operation: 'fetchChallenge', kind: 'error-empty', times: 2 }, 503],
    ['provider-fault', { operation: 'createNotification', kind: 'accept-then-reset', times: 1 }, 504],
    ['own-fault', { operation: 'createNotification', kind: 'unauthorized', times: 1 }, 502],
  ])('is %s for %j', async (end, fault, status) => {
    const screen = await rig.login();
    const grown = await growth(async () => {
      await rig.simulate('POST', '/faults', fault);
      await screen.tap().expect(status);
    });
    await rig.simulate('DELETE', '/faults');
    expect(grown(presses, { end })).toBe(1);
    expect(grown(presses, { end: 'served' })).toBe(0);
  });
});

test('a tap that the throttler refuses is counted by what it was over', async () => {
  const screen = await rig.login({ ageSeconds: 0 });
  const grown = await growth(async () => {
    for (let tap = 0; tap < 5; tap++) await screen.tap().expect(429);
  });
  expect(grown('push_resend_throttled_total', { throttler: 'session', asked: 'taps' })).toBe(2);
  expect(grown('push_resend_throttled_total', { throttler: 'address', asked: 'taps' })).toBe(0);
});

test('what never becomes a request is counted, by port', async () => {
  const grown = await growth(async () => {
    await rawAnswer(rig.ports.public, 'this is no HTTP\r\n\r\n');
    await rawAnswer(rig.ports.private, `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(30_000)}\r\n\r\n`);
  });
  expect(grown('push_resend_http_unreadable_total', { surface: 'public', code: 'invalid-request' })).toBe(1);
  expect(grown('push_resend_http_unreadable_total', { surface: 'private', code: 'headers-too-large' })).toBe(1);
});

test('an address that can not be decoded is counted among the requests without a route', async () => {
  const none = { surface: 'public', method: 'other', route: 'none', status: '4xx' };
  await rig.api.get('/nothing-is-here').expect(404);
  const grown = await growth(() => rig.api.get('/%zz').expect(400));
  expect(grown('push_resend_http_request_duration_seconds_count', none)).toBe(1);
});

test('no client can add series by methods, paths, hosts, versions or headers of its own', async () => {
  const own = await startRig();
  try {
    const paths = own.routes.map(({ surface, url }) => ({ surface, path: url.replaceAll(/:\w+/g, 'x') }));
    const unknown = (['public', 'private'] as const).map((surface) => ({ surface, path: '/of-nobody' }));
    const all = [...new Map([...paths, ...unknown].map((one) => [`${one.surface} ${one.path}`, one])).values()];
    const send = (method: string, { surface, path }: (typeof all)[number]) =>
      answerTo(own.ports[surface], [
        `${method} ${path} HTTP/1.1`,
        `Host: ${method}.example.com`,
        `Origin: https://${method}.example.com`,
        `User-Agent: ${method}`,
        'Content-Length: 0',
        'Connection: close',
      ]);
    const names = async () =>
      (await scrape(own)).series.flatMap(({ name, labels }) =>
        name.startsWith('push_resend_') ? [`${name} ${JSON.stringify(labels)}`] : [],
      );
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE']) for (const one of all) await send(method, one);
    const before = await names();
    for (const method of METHODS.filter((one) => one !== 'CONNECT')) for (const one of all) await send(method, one);
    for (let index = 0; index < 10; index++) await send('GET', { surface: 'public', path: `/of-nobody/${index}` });
    expect(await names()).toEqual(before);
  } finally {
    await own.close();
  }
});

/** Sends a request as it is written. @returns when its connection is closed */
function answerTo(port: number, head: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(`${head.join('\r\n')}\r\n\r\n`));
    socket.resume();
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

test('ready says what /readyz says', async () => {
  const leaving = await startRig();
  try {
    expect((await scrape(leaving)).value('push_resend_ready', { part: 'instance' })).toBe(1);
    await leaving.drain.drain(1000);
    const exposition = await scrape(leaving);
    expect(exposition.value('push_resend_ready', { part: 'instance' })).toBe(0);
    expect(exposition.value('push_resend_ready', { part: 'ledger' })).toBe(1);
  } finally {
    await leaving.close();
  }
});

function rawAnswer(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}
