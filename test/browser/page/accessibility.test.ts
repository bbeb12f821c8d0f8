/** In a real browser: every state of the page, for every user. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { violations } from '../../support/axe.js';
import { blank } from '../blank.js';
import { LoginScreen } from './login-screen.js';
import { scenes } from './scenes.js';
import { openSite, type Site } from './site.js';

/** A folder for screenshots of every state; none are made without it. */
const folder = process.env['PAGE_SCREENSHOTS'];

vi.setConfig({ testTimeout: 60_000 });

let site: Site;
let context: BrowserContext;

beforeAll(async () => {
  site = await openSite();
  context = await site.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
}, 60_000);
afterEach(() => blank(context));
afterAll(() => site?.close());

/** Where everything is that must not jump, and whether it fits. */
function layout(page: Page): Promise<unknown> {
  return page.evaluate(`[
    ...['screen', 'heading', 'text', 'action', 'phone', 'requests', 'curl', 'answer'].map((id) => {
      const { x, y } = document.getElementById(id).getBoundingClientRect();
      return [id, Math.round(x), Math.round(y + scrollY)];
    }),
    ['text stays above the button', document.getElementById('text').scrollHeight <= document.getElementById('text').clientHeight],
    ['fits', document.documentElement.scrollWidth <= innerWidth],
  ]`);
}

/** What a user reads on the left and on the phone. */
async function said(page: Page): Promise<string> {
  return (await page.locator('#screen, #phone').allInnerTexts()).join('\n');
}

const INSIDER =
  /challenge|sid\b|token|push\b|idempot|twilio|api\b|session|YC[0-9a-f]|NT[0-9a-f]|[0-9a-f]{8}-[0-9a-f]{4}/i;

async function photograph(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: name.includes('-360-') });
}

/** Of the first scene, by the width of the window: all others are laid out like it. */
const layouts = new Map<number, unknown>();

describe.each(scenes)('$name', ({ name, open }) => {
  test('axe finds nothing, light and dark, the words are a user’s, and nothing jumps', async () => {
    const { page } = await open(context, site);
    expect(await said(page)).not.toMatch(INSIDER);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page, colorScheme === 'dark' ? ['color-contrast'] : undefined), colorScheme).toEqual([]);
      for (const width of [360, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        await photograph(page, `${name}-${width}-${colorScheme}`);
        const here = await layout(page);
        expect(here).toContainEqual(['fits', true]);
        if (!layouts.has(width)) layouts.set(width, here);
        expect(here, `${width} px`).toEqual(layouts.get(width));
      }
    }
  });
});

test('a keyboard reaches everything, in the order of the panes', async () => {
  const screen = await LoginScreen.open(context, await site.login());
  await screen.page.locator('#notifications li').waitFor();
  const seen: unknown[] = [];
  while (seen.at(-1) !== 'answer' && seen.length < 20) {
    await screen.page.keyboard.press('Tab');
    const reached = `document.activeElement.closest('#requests') ? 'a request' : document.activeElement.id || document.activeElement.textContent`;
    const next = await screen.page.evaluate(reached);
    if (next !== seen.at(-1)) seen.push(next);
  }
  const panes = 'short, new-login, screen-online, action, phone-online, Approve, Deny, a request, copy, curl, answer';
  expect(seen.join(', ')).toBe(panes);
});
