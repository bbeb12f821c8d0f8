/** In a real browser: what the user answers on the phone is on the screen at once, and there is a way on from every end. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { curl } from '../../../apps/simulator/page/curl.js';
import { blank } from '../blank.js';
import { LoginScreen } from './login-screen.js';
import { openSite, type Site } from './site.js';

vi.setConfig({ testTimeout: 60_000 });

let site: Site;
let context: BrowserContext;

beforeAll(async () => {
  site = await openSite();
  context = await site.browser.newContext({ reducedMotion: 'reduce' });
}, 60_000);
afterAll(() => site?.close());
afterEach(() => blank(context));

/** The newest notification's button. */
async function answer(page: Page, label: 'Approve' | 'Deny'): Promise<void> {
  await page.getByRole('list', { name: 'Notifications' }).getByRole('button', { name: label }).click();
}

/** Milliseconds from the tap on the phone to the screen. */
async function approved(screen: LoginScreen): Promise<number> {
  await screen.page.evaluate(`{
    const tap = () => (globalThis.tappedAt ??= performance.now());
    document.querySelector('#notifications .approve').addEventListener('click', tap, { capture: true });
    new MutationObserver(() => {
      if (document.querySelector('#screen[data-state="approved"]')) globalThis.approvedAt ??= performance.now();
    }).observe(document.getElementById('screen'), { attributes: true });
  }`);
  await answer(screen.page, 'Approve');
  await screen.becomes('approved');
  expect(await screen.heading()).toBe('You are logged in');
  return screen.page.evaluate<number>('approvedAt - tappedAt');
}

describe('an approval on the phone', () => {
  test('is on the screen by an event, long before the next regular look', async () => {
    const streaming = context.waitForEvent('response', (response) => response.url().endsWith('/events'));
    const screen = await LoginScreen.open(context, await site.login());
    expect((await streaming).status()).toBe(200);
    await context.route(/\/challenges\/YC\w+$/, (route) =>
      route.request().url().includes('login-screen') ? route.abort() : route.continue(),
    );
    expect(await approved(screen)).toBeLessThan(5000);
  });

  test('is on the screen by polling when events are cut off', async () => {
    await context.route('**/events', (route) => route.abort());
    const screen = await LoginScreen.open(context, await site.login());
    await approved(screen);
  });
});

test('a denial offers no resend, and is final', async () => {
  const login = await site.login();
  const screen = await LoginScreen.open(context, login);
  await answer(screen.page, 'Deny');
  await screen.becomes('denied');
  expect(await screen.page.getByRole('button', { name: /again|send/i }).count()).toBe(0);
  expect(await screen.button.textContent()).toBe('Start a new login');
  expect(await login.pushes()).toBe(0);
});

test('a login that expires says so by itself', async () => {
  const screen = await LoginScreen.open(context, await site.login({ expiresInSeconds: 4 }), 'expired');
  expect(await screen.heading()).toBe('This login has expired');
});

describe('a new login', () => {
  test('begins by itself where the address names none, and stays over a reload', async () => {
    const screen = await LoginScreen.open(context, site, 'cooling-down');
    const address = screen.page.url();
    expect(address).toMatch(/#token=.+&challenge=YC/);
    await screen.page.reload();
    await screen.becomes('cooling-down', 'ready');
    expect(screen.page.url()).toBe(address);
  });

  test('is the way on from a denied one, on the keyboard, without losing the place', async () => {
    const screen = await LoginScreen.open(context, await site.login());
    const before = screen.page.url();
    await screen.button.focus();
    await answer(screen.page, 'Deny');
    await screen.becomes('denied');
    await screen.button.focus();
    await screen.page.keyboard.press('Enter');
    await screen.becomes('cooling-down');
    expect(screen.page.url()).not.toBe(before);
    expect(await screen.page.evaluate('document.activeElement.id')).toBe('action');
    expect(await screen.page.locator('#notifications li').count()).toBe(1);
  });
});

test('the screen’s own switch reads Offline, and errors clear when it is on again', async () => {
  const screen = await LoginScreen.open(context, await site.login());
  const control = screen.page.getByRole('switch', { name: 'The screen’s connection' });
  await control.click();
  await screen.becomes('offline');
  expect(await control.textContent()).toContain('Offline');
  await control.click();
  await screen.becomes('ready');
  expect(await control.textContent()).toContain('Online');
});

test('a screen reader hears that the press sent a push, and no trouble that ends by itself', async () => {
  const screen = await LoginScreen.open(context, await site.login());
  const live = screen.page.getByRole('status');
  await screen.press();
  await screen.becomes('cooling-down');
  expect(await live.textContent()).toBe('Sent. Open the app on your phone.');
  await screen.page.getByRole('switch', { name: 'The screen’s connection' }).click();
  await screen.becomes('offline');
  expect(await live.textContent()).toBe('Sent. Open the app on your phone.');
});

test('a phone that is offline gets the notification when it is back', async () => {
  const screen = await LoginScreen.open(context, await site.login());
  const control = screen.page.getByRole('switch', { name: 'The phone’s connection' });
  const arrived = screen.page.locator('#notifications li');
  await arrived.waitFor();
  await control.click();
  await screen.page.locator('#phone.offline').waitFor();
  expect(await control.textContent()).toContain('Offline');
  await screen.press();
  await screen.page.getByText('One notification waits until the phone is online again.').waitFor();
  expect(await arrived.count()).toBe(1);
  await control.click();
  await arrived.nth(1).waitFor();
});

test('the requests are there with the curl of each one, and the score', async () => {
  const login = await site.login();
  const screen = await LoginScreen.open(context, login);
  await screen.press(2);
  await screen.becomes('cooling-down');
  await screen.page.getByText('2 presses, 1 sent').waitFor();
  const post = screen.page.locator('#requests button', { hasText: 'POST' });
  await post.click();
  const shown = await screen.page.locator('#curl').textContent();
  expect(shown).toContain(`'${site.serviceUrl}/v1/challenges/${login.challengeSid}/notifications'`);
  expect(shown).toContain(`'Authorization: Bearer ${login.token}'`);
  expect(await screen.page.locator('#answer').textContent()).toMatch(/^HTTP 201\n[^]*"nextAction": "open-app"/);
});

test('on Windows the curl is one for cmd', () => {
  const press = { method: 'POST', path: '/v1/challenges/YC0', headers: { authorization: 'Bearer a', 'x-key': '"k"' } };
  expect(curl('http://127.0.0.1:8080', press, true)).toBe(
    [
      'curl -i -X POST ^',
      '  "http://127.0.0.1:8080/v1/challenges/YC0" ^',
      '  -H "authorization: Bearer a" ^',
      String.raw`  -H "x-key: \"k\""`,
    ].join('\n'),
  );
  expect(curl('http://127.0.0.1:8080', press, false)).toContain(`'http://127.0.0.1:8080/v1/challenges/YC0' \\\n`);
});
