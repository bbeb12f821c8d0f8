import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StateName } from '@push-resend/client';
import { violations } from '../../support/axe.js';
import { LoginPage } from './login-page.js';
import type { LoginSite } from './login-site.js';
import { ANSWERS, stage } from './staged-answers.js';

const STATES = Object.keys(ANSWERS) as StateName[];

/** axe-core, in every state. The React application has no colors of its own, the element has two sets. */
export function accessibilityFacts(site: () => LoginSite): void {
  let tab: LoginPage;
  beforeAll(async () => {
    tab = await LoginPage.open(site());
  });
  afterAll(() => tab?.close());

  const reach = async (state: StateName, open: () => Promise<void>) => {
    await tab.context.setOffline(false);
    await stage(tab.page, site().api, ANSWERS[state]);
    await open();
    if (state === 'sending' || state === 'offline') await tab.isReady();
    if (state === 'sending') await tab.button.click();
    if (state === 'offline') await tab.context.setOffline(true);
    await tab.page.locator(`main.${state}`).waitFor();
  };

  test.each(STATES)('axe finds nothing in the React application while it is %s', async (state) => {
    await reach(state, () => tab.submitPassword());
    expect(await violations(tab.page)).toEqual([]);
  });

  test.each(STATES)('axe finds nothing in the element while it is %s', async (state) => {
    await reach(state, () => tab.openElement());
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.page.emulateMedia({ colorScheme });
      expect(await violations(tab.page), colorScheme).toEqual([]);
    }
  });
}
