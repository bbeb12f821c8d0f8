/** In a real browser: whatever happens around a press, it is one push, and the button works again. */
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { blank } from '../blank.js';
import { LoginScreen } from './login-screen.js';
import { type Login, openSite, type Site } from './site.js';

vi.setConfig({ testTimeout: 60_000 });

let site: Site;
let context: BrowserContext;
let login: Login;

beforeAll(async () => {
  site = await openSite();
  context = await site.browser.newContext({ reducedMotion: 'reduce' });
}, 60_000);
afterAll(() => site?.close());
beforeEach(async () => {
  login = await site.login();
});
afterEach(() => blank(context));

/** The same button sends the second push of the login, when its wait is over. */
async function expectToWorkAgain(screen: LoginScreen): Promise<void> {
  site.wait(60);
  await screen.comesBack();
  await screen.becomes('ready');
  await screen.press();
  await expect.poll(() => login.pushes()).toBe(2);
  await screen.becomes('exhausted');
}

test('a double tap', async () => {
  const screen = await LoginScreen.open(context, login);
  await screen.press(2);
  await screen.becomes('cooling-down');
  await screen.press(2);
  expect(await login.pushes()).toBe(1);
  await expectToWorkAgain(screen);
});

test('two tabs, pressed at the same time', async () => {
  const [one, other] = [await LoginScreen.open(context, login), await LoginScreen.open(context, login)];
  await Promise.all([one.press(), other.press()]);
  await Promise.all([one.becomes('cooling-down'), other.becomes('cooling-down')]);
  expect(await login.pushes()).toBe(1);
  await expectToWorkAgain(one);
});

test('a tab learns at once what was pressed in the other one', async () => {
  const [one, other] = [await LoginScreen.open(context, login), await LoginScreen.open(context, login)];
  await other.page.route('**/v1/challenges/*', (route) => route.abort());
  await one.press();
  await other.becomes('sending', 'in-progress', 'cooling-down');
  await one.becomes('cooling-down');
  await other.press();
  expect(await login.pushes()).toBe(1);
});

test('a reload in the middle of it', async () => {
  const screen = await LoginScreen.open(context, login);
  const sent = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await screen.betweenPresses(async (route) => {
    await route.fetch();
    sent.resolve();
    await release.promise;
    await route.abort().catch(() => undefined); // the page that asked is gone
  });
  await screen.press();
  await sent.promise;
  await screen.page.unroute('**/notifications');
  await screen.page.reload();
  release.resolve();
  await screen.becomes('cooling-down');
  expect(await login.pushes()).toBe(1);
  await expectToWorkAgain(screen);
});

describe('a server or a network', () => {
  test('that is slow', async () => {
    const screen = await LoginScreen.open(context, login);
    const release = Promise.withResolvers<void>();
    await screen.betweenPresses(async (route) => {
      const response = await route.fetch();
      await release.promise;
      await route.fulfill({ response });
    });
    await screen.press();
    await screen.becomes('sending');
    await screen.press();
    release.resolve();
    await screen.becomes('cooling-down');
    expect(await login.pushes()).toBe(1);
    await expectToWorkAgain(screen);
  });

  test.each([
    ['loses the answer', undefined],
    [
      'puts an HTML page of a proxy in its place',
      { status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' },
    ],
    ['puts half of it in its place', { status: 201, contentType: 'application/json', body: '{"notification":{"sid":' }],
  ])('that %s', async (_what, answer) => {
    const screen = await LoginScreen.open(context, login);
    let lost = 0;
    await screen.betweenPresses(async (route) => {
      const response = await route.fetch();
      if (lost++ > 0) return route.fulfill({ response });
      return answer ? route.fulfill(answer) : route.abort('connectionreset');
    });
    await screen.press();
    await screen.becomes('cooling-down');
    expect(lost).toBeGreaterThan(0);
    expect(await login.pushes()).toBe(1);
    await expectToWorkAgain(screen);
  });

  test('that is gone, and comes back', async () => {
    const screen = await LoginScreen.open(context, login);
    await context.setOffline(true);
    await screen.becomes('offline');
    expect(await screen.button.textContent()).toBe('Offline');
    await screen.press();
    await context.setOffline(false);
    await screen.becomes('ready');
    expect(await login.pushes()).toBe(0);
    await screen.press();
    await screen.becomes('cooling-down');
    expect(await login.pushes()).toBe(1);
  });

  test('that goes while the press is under way', async () => {
    const screen = await LoginScreen.open(context, login);
    let lost = 0;
    await screen.betweenPresses(async (route) => {
      const response = await route.fetch();
      if (lost++ > 0) return route.fulfill({ response });
      await context.setOffline(true);
      return route.abort('internetdisconnected');
    });
    await screen.press();
    await screen.becomes('offline');
    await context.setOffline(false);
    await screen.becomes('cooling-down');
    expect(await login.pushes()).toBe(1);
    await expectToWorkAgain(screen);
  });
});
