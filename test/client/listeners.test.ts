/** Who listens, and where: StrictMode, servers, tabs, tokens, and the stream of events. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createResend } from '@client/index.js';
import { answer, fakeLogin } from '@client/testing/index.js';
import { browserTabs, type Tabs } from '@client/host/tabs.js';
import { challengeSid, openScreen } from './screen.js';

afterEach(() => void vi.unstubAllGlobals());

describe('listeners', () => {
  test('nothing happens before the first, and nothing after the last', async () => {
    const login = fakeLogin();
    const resend = createResend({ challengeSid, ...login.options });
    resend.press();
    await login.advance(60_000);
    expect(login.requests).toEqual([]);
    const leave = resend.subscribe(() => {});
    await login.advance();
    leave();
    const before = login.requests.length;
    await login.advance(60_000);
    expect(login.requests).toHaveLength(before);
  });

  test('that leave and come back at once, as in StrictMode, see one screen', async () => {
    const login = fakeLogin();
    const resend = createResend({ challengeSid, ...login.options });
    resend.subscribe(() => {})();
    const leave = resend.subscribe(() => {});
    await login.advance();
    expect(login.requests).toHaveLength(2); // the first look, which was aborted, and the second
    await login.advance(2000);
    expect(resend.state.name).toBe('ready');
    leave();
    leave();
  });

  test('get the same state object until something changes', async () => {
    const { login, resend } = await openScreen();
    const before = resend.state;
    await login.advance(10_000);
    expect(resend.state).toBe(before);
  });

  test('are told once a second while it counts down, and not while nothing changes', async () => {
    const login = fakeLogin();
    login.looks(answer.coolingDown(4));
    const { states } = await openScreen(login);
    login.looks(answer.ready());
    await login.advance(1900);
    expect(states).toEqual(['cooling-down', 'cooling-down']);
  });
});

test('a page whose surroundings throw has no listener, and can try again', async () => {
  const login = fakeLogin();
  const tabs = vi.fn(login.options.tabs).mockImplementationOnce(() => {
    throw new Error('denied');
  });
  const resend = createResend({ challengeSid, ...login.options, tabs });
  expect(() => resend.subscribe(() => {})).toThrow('denied');
  const leave = resend.subscribe(() => {});
  await login.advance();
  expect(resend.state.name).toBe('ready');
  leave();
  expect(resend.state.canPress).toBe(false);
});

test('a browser that denies site data has no other tabs, and everything else', async () => {
  vi.stubGlobal('document', {});
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor() {
        throw new DOMException('denied', 'SecurityError');
      }
    },
  );
  const { resend, presses, login } = await openScreen(fakeLogin(), { tabs: browserTabs });
  resend.press();
  await login.advance();
  expect(presses()).toHaveLength(1);
});

test('a server can import it and make one: nothing is touched', () => {
  vi.stubGlobal('fetch', undefined);
  vi.stubGlobal('performance', undefined);
  expect(createResend({ challengeSid }).state).toMatchObject({ name: 'loading', canPress: false });
});

describe('the session', () => {
  const withToken = (tokens: readonly string[]) => {
    const login = fakeLogin();
    const given = [...tokens];
    const token = vi.fn(async () => given.shift() ?? 'none');
    return { login, token };
  };

  test('a token is asked for once', async () => {
    const { login, token } = withToken(['first']);
    await openScreen(login, { token });
    await login.advance(10_000);
    expect(token).toHaveBeenCalledTimes(1);
    expect(new Set(login.requests.map((request) => request.token))).toEqual(new Set(['first']));
  });

  test('a 401 asks for it anew, and repeats the press with its key', async () => {
    const { login, token } = withToken(['old', 'new']);
    const { resend, presses } = await openScreen(login, { token });
    login.presses(answer.sessionInvalid(), answer.sent());
    resend.press();
    await login.advance();
    expect(resend.state.name).toBe('cooling-down');
    expect(presses().map((press) => press.token)).toEqual(['old', 'new']);
    expect(new Set(presses().map(({ key }) => key)).size).toBe(1);
  });

  test('a second 401 is the end', async () => {
    const { login, token } = withToken(['old', 'new']);
    login.looks(answer.sessionInvalid());
    const { resend } = await openScreen(login, { token });
    expect(resend.state).toMatchObject({ name: 'session-over', nextAction: 'start-over' });
    await login.advance(60_000);
    expect(login.requests).toHaveLength(2);
  });

  test('an empty token, twice refused, is the end', async () => {
    const login = fakeLogin();
    login.looks(answer.sessionInvalid());
    const { resend } = await openScreen(login, { token: async () => '' });
    expect(resend.state).toMatchObject({ name: 'session-over', nextAction: 'start-over' });
  });

  test('a token that the page can not get is no answer, and asked for again', async () => {
    const login = fakeLogin();
    const token = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('no')).mockResolvedValue('later');
    const { resend } = await openScreen(login, { token });
    expect(resend.state.name).toBe('unavailable');
    await login.advance(1000);
    expect(resend.state.name).toBe('ready');
  });
});

describe('tabs', () => {
  /** Two tabs of one login. */
  async function twoTabs() {
    const hearers = new Set<(message: string) => void>();
    const tabs = (_: string, heard: (message: string) => void): Tabs => {
      hearers.add(heard);
      return {
        tell: (message) => {
          for (const hearer of hearers) if (hearer !== heard) hearer(message);
        },
        close: () => void hearers.delete(heard),
      };
    };
    const login = fakeLogin();
    return { login, one: await openScreen(login, { tabs }), other: await openScreen(login, { tabs }) };
  }

  test('one presses, and the other shows it', async () => {
    const { login, one, other } = await twoTabs();
    one.resend.press();
    expect(other.resend.state).toMatchObject({ name: 'in-progress', canPress: false });
    login.looks(answer.coolingDown(60));
    await login.advance();
    expect(other.resend.state).toMatchObject({ name: 'cooling-down', secondsLeft: 60 });
    expect(one.presses()).toHaveLength(1);
  });
});

describe('events', () => {
  test('tell of an approval at once, and polling stops', async () => {
    const { login, resend, looks } = await openScreen(fakeLogin({ events: true }));
    login.event(answer.ready());
    await login.advance();
    const before = looks().length;
    await login.advance(14_000);
    expect(looks()).toHaveLength(before);
    login.event(answer.approved());
    await login.advance();
    expect(resend.state.name).toBe('approved');
  });

  test('that are refused: it polls', async () => {
    const { login, resend, looks } = await openScreen(fakeLogin(), { events: true });
    await login.advance(10_000);
    expect(looks().length).toBeGreaterThanOrEqual(5);
    expect(login.requests.filter(({ url }) => url.endsWith('/events'))).toHaveLength(1);
    expect(resend.state.name).toBe('ready');
  });

  test('that fall silent: it polls; heartbeats keep them', async () => {
    const { login, looks } = await openScreen(fakeLogin({ events: true }));
    login.event(answer.ready());
    for (let beat = 0; beat < 4; beat++) {
      await login.advance(15_000);
      login.heartbeat();
    }
    const rare = looks().length;
    expect(rare).toBeLessThanOrEqual(6);
    await login.advance(31_000);
    await login.advance(10_000);
    expect(looks().length - rare).toBeGreaterThanOrEqual(6);
    expect(() => login.heartbeat()).toThrow('no stream');
  });

  test('that can not be read: the stream is closed, and it polls', async () => {
    const { login, resend, looks } = await openScreen(fakeLogin({ events: true }));
    login.event({ status: 200, body: '{' });
    await login.advance();
    expect(() => login.heartbeat()).toThrow('no stream');
    login.looks(answer.coolingDown(30));
    const before = looks().length;
    await login.advance(4000);
    expect(looks().length).toBeGreaterThan(before);
    expect(resend.state.name).toBe('cooling-down');
  });

  test('whose listener throws do not keep the stream open', async () => {
    const { login, resend } = await openScreen(fakeLogin({ events: true }));
    const leave = resend.subscribe(() => {
      if (resend.state.name === 'exhausted') throw new Error('a mistake of the page');
    });
    login.event(answer.exhausted());
    await login.advance();
    expect(() => login.heartbeat()).toThrow('no stream');
    leave();
  });

  test('of a screen that nobody looks at are closed', async () => {
    const { login, leave } = await openScreen(fakeLogin({ events: true }));
    login.event(answer.ready());
    await login.advance();
    leave();
    await login.advance();
    expect(() => login.heartbeat()).toThrow('no stream');
  });
});
