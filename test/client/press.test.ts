/** The button, through the client, a scripted service and a manual clock. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { answer, fakeLogin } from '@client/testing/index.js';
import { openScreen } from './screen.js';

afterEach(() => void vi.unstubAllGlobals());

describe('a press', () => {
  test('sends one push, and counts down to the next', async () => {
    const { login, resend, presses } = await openScreen();
    expect(resend.state).toMatchObject({ name: 'ready', canPress: true, remaining: 2 });
    resend.press();
    expect(resend.state).toMatchObject({ name: 'sending', canPress: false });
    login.looks(answer.coolingDown(58));
    await login.advance();
    expect(resend.state).toMatchObject({
      name: 'cooling-down',
      secondsLeft: 60,
      justSent: true,
      nextAction: 'open-app',
    });
    await login.advance(1500);
    expect(resend.state.secondsLeft).toBe(59);
    expect(presses()).toHaveLength(1);
  });

  test('twice at once is one', async () => {
    const { login, resend, presses } = await openScreen();
    resend.press();
    resend.press();
    await login.advance();
    resend.press();
    await login.advance();
    expect(presses()).toHaveLength(1);
  });

  test('keeps its key until there is an answer; the next press has another', async () => {
    const { login, resend, presses } = await openScreen();
    login.presses(answer.lost(), answer.html(502), answer.sent(5));
    resend.press();
    await login.advance(5000);
    login.looks(answer.ready());
    await login.advance(7000);
    resend.press();
    await login.advance();
    const [first, second, third, fourth] = presses().map(({ key }) => key);
    expect(first).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
    expect([second, third]).toEqual([first, first]);
    expect(fourth).not.toBe(first);
  });

  test('is repeated after the JSON of a gateway, whose code is a number', async () => {
    const { login, resend, presses } = await openScreen();
    login.presses({ status: 502, body: '{"code":502}' }, answer.sent(5));
    resend.press();
    await login.advance(5000);
    const [first, second] = presses().map(({ key }) => key);
    expect([second, presses().length]).toEqual([first, 2]);
  });

  test('works without crypto, with a new key each time', async () => {
    vi.stubGlobal('crypto', undefined);
    const { login, resend, presses } = await openScreen();
    for (const _press of [1, 2]) {
      login.presses(answer.sent(1));
      resend.press();
      await login.advance(15_000);
    }
    const keys = presses().map(({ key }) => key);
    expect(new Set(keys).size).toBe(2);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{8,128}$/);
  });

  test('whose answers are all lost gives the button back', async () => {
    const { login, resend, presses } = await openScreen();
    login.presses(answer.lost());
    resend.press();
    await login.advance(20_000);
    expect(presses()).toHaveLength(4);
    expect(resend.state).toMatchObject({ name: 'ready', canPress: true });
  });

  test('that nobody answers gives the button back within a minute and a half', async () => {
    const { login, resend, states } = await openScreen();
    login.presses(answer.never());
    resend.press();
    await login.advance(90_000);
    expect(resend.state).toMatchObject({ name: 'ready', canPress: true });
    expect(states).toContain('unavailable');
  });

  test('answered with resend-in-progress never stays on Sending', async () => {
    const { login, resend } = await openScreen();
    login.presses(answer.problem(409, 'resend-in-progress', { retryable: true, retryAfterSeconds: 10 }));
    login.looks(answer.inProgress());
    resend.press();
    await login.advance();
    expect(resend.state.name).toBe('in-progress');
    login.looks(answer.coolingDown(30));
    await login.advance(2000);
    expect(resend.state).toMatchObject({ name: 'cooling-down', justSent: true });
  });
});

describe('a reload', () => {
  test('in the middle of a press repeats it with its key', async () => {
    const { login, resend, leave, presses } = await openScreen();
    login.presses(answer.never());
    resend.press();
    await login.advance();
    leave();
    login.presses(answer.sent());
    const again = await openScreen(login);
    expect(again.resend.state).toMatchObject({ name: 'cooling-down', justSent: true });
    const [before, after] = presses().map(({ key }) => key);
    expect(after).toBe(before);
    expect(login.storage.size).toBe(0);
  });

  test('a day later discards the press: nobody is told Sent without a push', async () => {
    const { login, resend, leave, presses } = await openScreen();
    login.presses(answer.never());
    resend.press();
    await login.advance();
    leave();
    login.clock.sleep(86_400_000);
    login.presses(answer.sent());
    const again = await openScreen(login);
    expect(again.resend.state).toMatchObject({ name: 'ready', justSent: false });
    expect(presses()).toHaveLength(1);
  });

  test('after the answer repeats nothing', async () => {
    const { login, resend, leave, presses } = await openScreen();
    resend.press();
    await login.advance();
    leave();
    login.looks(answer.coolingDown(57));
    const again = await openScreen(login);
    expect(again.resend.state).toMatchObject({ name: 'cooling-down', secondsLeft: 57, justSent: false });
    expect(presses()).toHaveLength(1);
  });

  test('with a storage that throws, or has something else in it, begins anew', async () => {
    const broken = () => {
      throw new Error('denied');
    };
    for (const getItem of [broken, () => '{', () => '7', () => '{"key":5}']) {
      const login = fakeLogin();
      const storage = { getItem, setItem: broken, removeItem: broken };
      const { resend, presses } = await openScreen(login, { storage });
      expect(resend.state.name).toBe('ready');
      resend.press();
      await login.advance();
      expect(resend.state.name).toBe('cooling-down');
      expect(presses()).toHaveLength(1);
    }
  });
});

describe('the page', () => {
  test('offline: the button says so, and the press goes out once on return', async () => {
    const { login, resend, presses } = await openScreen();
    login.presses(answer.lost());
    login.looks(answer.lost());
    resend.press();
    login.page.goOffline();
    await login.advance(20_000);
    expect(resend.state).toMatchObject({ name: 'offline', canPress: false });
    login.presses(answer.sent());
    login.page.goOnline();
    await login.advance();
    expect(resend.state.name).toBe('cooling-down');
    expect(new Set(presses().map(({ key }) => key)).size).toBe(1);
  });

  test('hidden: asks nothing; shown: asks at once', async () => {
    const { login, resend, looks } = await openScreen();
    login.page.hide();
    const before = looks().length;
    await login.advance(60_000);
    expect(looks()).toHaveLength(before);
    login.looks(answer.approved());
    login.page.show();
    await login.advance();
    expect(resend.state.name).toBe('approved');
  });

  test('asleep for a minute: the countdown is right at once', async () => {
    const login = fakeLogin();
    login.looks(answer.coolingDown(90));
    const { resend } = await openScreen(login);
    login.clock.sleep(60_000);
    login.looks(answer.coolingDown(29));
    login.page.restore();
    expect(resend.state.secondsLeft).toBe(30);
    await login.advance();
    expect(resend.state.secondsLeft).toBe(29);
  });

  test('asleep for a minute with a clock that stood still: right after one answer', async () => {
    const login = fakeLogin();
    login.looks(answer.coolingDown(90));
    const { resend } = await openScreen(login);
    login.looks(answer.coolingDown(30));
    login.page.restore();
    await login.advance();
    expect(resend.state.secondsLeft).toBe(30);
  });
});
