import { afterEach, beforeEach, expect, test } from 'vitest';
import { LoginPage } from './login-page.js';
import type { LoginSite } from './login-site.js';

/** `<push-resend-button>`, in a page without a framework and with a strict Content-Security-Policy. */
export function elementFacts(site: () => LoginSite): void {
  let tab: LoginPage;
  beforeEach(async () => {
    tab = await LoginPage.open(site());
  });
  afterEach(async () => {
    await tab.close();
    expect(tab.complaints).toEqual([]);
  });

  test('a double click sends one push, and screen readers are told', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    await tab.pass(30);
    await tab.isReady();
    await tab.button.dblclick();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
    expect(tab.keys().size).toBe(1);
    expect(await tab.announced()).toEqual(['You can send it again now.', 'Sent. Open the app on your phone.']);
  });

  test('approved on the phone: the page hears of it, and proceeds', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    await tab.answer('approved');
    await tab.page.waitForFunction((title) => document.title === title, `Welcome, ${tab.identity}`);
  });

  test('it speaks the language of the page, and every text can be replaced', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    await tab.page.evaluate(() => document.querySelector('push-resend-button')?.setAttribute('lang', 'de-AT'));
    await tab.page.getByRole('button', { name: 'Erneut senden' }).waitFor();
    await tab.page.evaluate(() => {
      const button = document.querySelector('push-resend-button');
      if (button) button.messages = { ...button.messages, countdown: 'noch {time}' };
    });
    await tab.shows(/^noch \d+ s$/);
  });

  test('it asks nothing while it is out of the page, and goes on where it was when it is back', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    const button = await tab.page.evaluateHandle(() => {
      const found = document.querySelector('push-resend-button');
      found?.remove();
      return found;
    });
    const before = tab.calls().length;
    await tab.pass(20);
    expect(tab.calls()).toHaveLength(before);
    await button.evaluate((found) => found && document.querySelector('main')?.append(found));
    await tab.shows('You can send it again in 10 s.');
  });

  test('a keyboard is enough', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    await tab.pass(30);
    await tab.isReady();
    await tab.page.keyboard.press('Tab');
    await tab.page.keyboard.press('Enter');
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
    expect(await tab.page.evaluate(() => document.activeElement?.localName)).toBe('push-resend-button');
  });

  test('it keeps the focus when the login ends', async () => {
    await tab.openElement();
    await tab.isCoolingDown();
    await tab.button.focus();
    await tab.answer('denied');
    await tab.page.getByRole('button', { name: 'Denied', disabled: true }).waitFor();
    expect(await tab.page.evaluate(() => document.activeElement?.localName)).toBe('push-resend-button');
  });

  test('inside of React it presses once, and the page hears of the approval', async () => {
    await tab.page.goto(`${site().origin}/element-in-react.html?user=${tab.identity}`);
    await tab.isCoolingDown();
    await tab.pass(30);
    await tab.isReady();
    await tab.button.dblclick();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
    await tab.answer('approved');
    await tab.page.waitForFunction((title) => document.title === title, `Welcome, ${tab.identity}`);
  });

  test('a page can draw the button itself, with the client alone', async () => {
    await tab.page.goto(`${site().origin}/plain.html?user=${tab.identity}`);
    await tab.isCoolingDown();
    await tab.pass(30);
    await tab.isReady();
    await tab.button.dblclick();
    await tab.isCoolingDown();
    expect(await tab.resent()).toBe(1);
    expect(await tab.announced()).toEqual(['You can send it again now.', 'Sent. Open the app on your phone.']);
  });
}
