import type { BrowserContext } from 'playwright-core';

/** The address of a tab that shows nothing. */
export const BLANK = 'about:blank';

/** Leaves nothing in a browser's context but a blank tab: a new context and a new tab take longer than most tests. */
export async function blank(context: BrowserContext): Promise<void> {
  const [page, ...others] = context.pages();
  await Promise.all(others.map((other) => other.close()));
  await context.unrouteAll({ behavior: 'ignoreErrors' });
  await context.clearCookies();
  await context.setOffline(false);
  if (!page) return;
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.emulateMedia({ colorScheme: null });
  if (page.url() !== BLANK) await page.evaluate('localStorage.clear(); sessionStorage.clear()');
  await page.goto(BLANK);
}
