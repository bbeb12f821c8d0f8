import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { render } from './login-app/src/entry-server.js';
import { LoginPage } from './login-page.js';
import type { LoginSite } from './login-site.js';

/** The hook, in a React application with StrictMode. */
export function reactFacts(site: () => LoginSite): void {
  let tab: LoginPage;
  beforeEach(async () => {
    tab = await LoginPage.open(site());
  });
  afterEach(async () => {
    await tab.close();
    expect(tab.complaints).toEqual([]);
  });

  const focused = () => tab.page.evaluate(() => document.activeElement?.textContent);

  test('a double click sends one push', async () => {
    await tab.logInUntilReady();
    await tab.button.dblclick();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
    expect(tab.keys().size).toBe(1);
  });

  test('a screen reader is told of a push, of a button that is back, and of the end, and of nothing else', async () => {
    await tab.logIn();
    expect(await tab.announced()).toEqual([]);
    await tab.pass(30);
    await tab.isReady();
    await tab.button.click();
    await tab.isCoolingDown();
    await tab.pass(60);
    await tab.isReady();
    await tab.answer('denied');
    await tab.page.getByRole('heading', { name: 'The login was denied' }).waitFor();
    expect(await tab.announced()).toEqual([
      'You can send it again now.',
      'Sent. Open the app on your phone.',
      'You can send it again now.',
      'The login was denied.',
    ]);
  });

  test('a page that opens has nothing to tell a screen reader', async () => {
    await tab.logInUntilReady();
    await tab.page.goto(`${site().origin}/waiting`);
    await tab.isReady();
    expect(await tab.announced()).toEqual([]);
  });

  test('the countdown describes the button, and ticks in no live region', async () => {
    await tab.logIn();
    expect(await tab.timer.textContent()).toBe('You can send it again in 30 s.');
    await tab.pass(10);
    await tab.shows('You can send it again in 20 s.');
    expect(await tab.button.getAttribute('aria-describedby')).toBe(await tab.timer.getAttribute('id'));
    expect(await tab.timer.getAttribute('aria-live')).toBe('off');
    expect(await tab.timer.evaluate((timer) => timer.closest('[role=status], [role=alert]'))).toBeNull();
  });

  test('approved on the phone: the application proceeds', async () => {
    await tab.logIn();
    await tab.answer('approved');
    await tab.page.getByRole('heading', { name: `Welcome, ${tab.identity}` }).waitFor();
  });

  test('an approval that Twilio knows nothing of logs nobody in', async () => {
    await tab.page.route(`${site().api}/v1/challenges/*`, (route) =>
      route.fulfill({
        headers: { 'access-control-allow-origin': site().origin },
        json: { nextAction: 'proceed', resend: { status: 'closed' }, challenge: { status: 'approved' } },
      }),
    );
    const completed = tab.page.waitForResponse(`${site().origin}/login/complete`);
    await tab.submitPassword();
    expect((await completed).status()).toBe(403);
    await tab.page.getByRole('heading').waitFor({ state: 'detached' });
  });

  test('denied on the phone: no push is offered', async () => {
    await tab.logInUntilReady();
    await tab.answer('denied');
    await tab.page.getByRole('heading', { name: 'The login was denied' }).waitFor();
    expect(await tab.button.count()).toBe(0);
  });

  test('a screen that is gone asks nothing more', async () => {
    await tab.logIn();
    await tab.page.getByRole('button', { name: 'Cancel' }).click();
    const before = tab.calls();
    await tab.pass(60);
    expect(tab.calls()).toEqual(before);
  });

  test('another login starts over', async () => {
    await tab.logInUntilReady();
    const former = tab.challengeSid;
    await tab.page.getByRole('button', { name: 'Log in' }).click();
    await tab.isCoolingDown();
    const before = tab.calls().length;
    await tab.pass(30);
    await tab.isReady();
    expect(
      tab
        .calls()
        .slice(before)
        .filter((call) => call.includes(former)),
    ).toEqual([]);
    await tab.button.click();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
  });

  test('a keyboard is enough, and the button keeps the focus while it can not be pressed', async () => {
    await tab.logIn();
    await tab.page.getByRole('button', { name: 'Cancel' }).focus();
    await tab.page.keyboard.press('Tab');
    expect(await focused()).toBe('Send it again');
    await tab.page.keyboard.press('Enter');
    await tab.pass(30);
    await tab.isReady();
    expect(tab.calls('POST')).toEqual([]);
    await tab.page.keyboard.press('Space');
    await tab.isCoolingDown();
    expect(await focused()).toBe('Send it again');
    expect(await tab.resent()).toBe(1);
  });

  test('the button keeps the focus when the login ends', async () => {
    await tab.logInUntilReady();
    await tab.button.focus();
    await tab.answer('denied');
    await tab.page.getByRole('heading', { name: 'The login was denied' }).waitFor();
    expect(await focused()).toBe('Denied');
  });

  test('a login that its own backend no longer knows is over, and can be started anew', async () => {
    await tab.page.route(`${site().origin}/login/push-token`, (route) => route.fulfill({ status: 401 }));
    await tab.submitPassword();
    await tab.page.getByRole('heading', { name: 'Please sign in again' }).waitFor();
  });

  test('the button alone sends one push', async () => {
    await tab.page.goto(`${site().origin}/button.html?user=${tab.identity}`);
    await tab.isCoolingDown();
    await tab.pass(30);
    await tab.isReady();
    await tab.button.dblclick();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
  });

  describe('on a server', () => {
    test('it renders without a request or a timer', () => {
      const asks = vi.spyOn(globalThis, 'fetch');
      const waits = vi.spyOn(globalThis, 'setTimeout');
      const markup = render({
        challengeSid: 'YC00000000000000000000000000000201',
        pushUrl: 'https://push.example.com',
      });
      expect(markup).toContain('aria-disabled="true"');
      expect(asks).not.toHaveBeenCalled();
      expect(waits).not.toHaveBeenCalled();
      vi.restoreAllMocks();
    });

    test('what it rendered is taken over by the browser as it is', async () => {
      await tab.context.request.post(`${site().origin}/login`, { data: { user: tab.identity } });
      await tab.page.goto(`${site().origin}/waiting`);
      await tab.shows('You can send it again in 30 s.');
    });
  });
}
