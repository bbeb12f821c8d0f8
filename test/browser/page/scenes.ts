import type { BrowserContext } from 'playwright-core';
import { answer } from '@push-resend/client/testing';
import { give } from '../give.js';
import { LoginScreen } from './login-screen.js';
import type { Login, Site } from './site.js';

/** A login screen brought to one of its states. */
export interface Scene {
  readonly name: string;
  readonly open: (context: BrowserContext, site: Site) => Promise<LoginScreen>;
}

async function opened(context: BrowserContext, site: Site): Promise<[LoginScreen, Login]> {
  const login = await site.login();
  const screen = await LoginScreen.open(context, login);
  await screen.page.locator('#notifications li').waitFor();
  return [screen, login];
}

/** Every state in which a user can find the screen for longer than a moment. */
export const scenes: readonly Scene[] = [
  { name: 'ready', open: async (context, site) => (await opened(context, site))[0] },
  {
    name: 'sending',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      await screen.betweenPresses(() => new Promise(() => undefined));
      await screen.press();
      await screen.becomes('sending');
      return screen;
    },
  },
  {
    name: 'sent',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      await screen.press();
      await screen.becomes('cooling-down');
      await screen.page.locator('#notifications li').nth(1).waitFor();
      return screen;
    },
  },
  {
    name: 'cooling-down',
    open: async (context, site) => LoginScreen.open(context, await site.login({ ageSeconds: 5 }), 'cooling-down'),
  },
  {
    name: 'limited',
    open: async (context, site) => {
      const login = await site.login();
      await login.answer('denied');
      return LoginScreen.open(context, await site.login({ identity: login.identity }), 'limited');
    },
  },
  {
    name: 'exhausted',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      await screen.press();
      await screen.becomes('cooling-down');
      site.wait(60);
      await screen.comesBack();
      await screen.becomes('ready');
      await screen.press();
      await screen.becomes('exhausted');
      await screen.page.locator('#notifications li').nth(2).waitFor();
      return screen;
    },
  },
  ...(['approved', 'denied'] as const).map((status) => ({
    name: status,
    open: async (context: BrowserContext, site: Site) => {
      const [screen, login] = await opened(context, site);
      await login.answer(status);
      await screen.becomes(status);
      await screen.page.locator('.answers').waitFor({ state: 'hidden' });
      return screen;
    },
  })),
  {
    name: 'expired',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      site.wait(541);
      await screen.comesBack();
      await screen.becomes('expired');
      await screen.page.locator('.answers').waitFor({ state: 'hidden' });
      return screen;
    },
  },
  {
    name: 'session-over',
    open: async (context, site) => {
      const login = await site.login();
      return LoginScreen.open(context, { url: login.url.replace('token=', 'token=not-') }, 'session-over');
    },
  },
  {
    name: 'offline',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      await screen.page.getByRole('switch', { name: 'The screen’s connection' }).click();
      await screen.becomes('offline');
      return screen;
    },
  },
  {
    name: 'unavailable',
    open: async (context, site) => {
      const [screen] = await opened(context, site);
      const paused = answer.problem(503, 'resends-paused', { retryable: false, nextAction: 'wait' });
      await screen.betweenPresses((route) => give(route, paused));
      await screen.press();
      await screen.becomes('unavailable');
      return screen;
    },
  },
  {
    name: 'phone-offline',
    open: async (context, site) => {
      const [screen, { identity }] = await opened(context, site);
      await site.simulate(`/devices/${identity}`, { online: false });
      await screen.page.locator('#phone.offline').waitFor();
      return screen;
    },
  },
];
