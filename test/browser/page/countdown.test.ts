/** In a real browser: the countdown tells the truth after whatever a device does to its clocks and timers. */
import type { BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { LoginScreen } from './login-screen.js';
import { type Login, openSite, type Site } from './site.js';

vi.setConfig({ testTimeout: 60_000 });

let site: Site;
let context: BrowserContext;
let login: Login;

beforeAll(async () => {
  site = await openSite();
}, 60_000);
afterAll(() => site?.close());
beforeEach(async () => {
  context = await site.browser.newContext({ reducedMotion: 'reduce' });
  login = await site.login({ ageSeconds: 0 });
});
afterEach(() => context.close());

/** What the service says about the wait, now. */
async function truth(): Promise<number> {
  const headers = { authorization: `Bearer ${login.token}` };
  const answer = await fetch(`${site.serviceUrl}/v1/challenges/${login.challengeSid}`, { headers });
  const { resend } = (await answer.json()) as { resend: { availableInSeconds: number } };
  return resend.availableInSeconds;
}

/** Never shorter than the truth, which would invite a press that is refused; at most the time of an answer longer. */
async function expectTruth(screen: LoginScreen): Promise<void> {
  const [before, told, after] = [await truth(), await screen.secondsLeft(), await truth()];
  expect(told).toBeGreaterThanOrEqual(after);
  expect(told).toBeLessThanOrEqual(before + 1);
}

test('counts down', async () => {
  const screen = await LoginScreen.open(context, login, 'cooling-down');
  await expectTruth(screen);
  const before = (await screen.secondsLeft()) ?? 0;
  await expect.poll(() => screen.secondsLeft(), { interval: 50 }).toBeLessThan(before);
  await expectTruth(screen);
});

test('a reload in the wait continues it', async () => {
  const screen = await LoginScreen.open(context, login, 'cooling-down');
  await screen.page.reload();
  await screen.becomes('cooling-down');
  await expectTruth(screen);
});

test.each([-3600, 3600])('a device clock that is set by %i seconds changes nothing', async (seconds) => {
  const screen = await LoginScreen.open(context, login, 'cooling-down');
  const before = (await screen.secondsLeft()) ?? 0;
  await screen.page.evaluate(`{
    const RealDate = Date;
    globalThis.Date = class extends RealDate {
      constructor(...given) { given.length === 0 ? super(RealDate.now() + ${seconds * 1000}) : super(...given); }
      static now() { return RealDate.now() + ${seconds * 1000}; }
    };
  }`);
  await expect.poll(() => screen.secondsLeft(), { interval: 50 }).toBeLessThan(before);
  await expectTruth(screen);
  await screen.page.reload();
  await screen.becomes('cooling-down');
  await expectTruth(screen);
});

test('a page that slept for a minute, while its clock stood still, has no wait left', async () => {
  const screen = await LoginScreen.open(context, login, 'cooling-down');
  const devtools = await context.newCDPSession(screen.page);
  await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
  site.wait(60);
  await devtools.send('Page.setWebLifecycleState', { state: 'active' });
  await screen.comesBack();
  await screen.becomes('ready');
  expect(await screen.secondsLeft()).toBeUndefined();
});

test('a page whose timers slept for ten seconds is ten seconds further', async () => {
  await context.clock.install();
  const screen = await LoginScreen.open(context, login, 'cooling-down');
  await context.route('**/v1/challenges/**', (route) => route.abort());
  const before = (await screen.secondsLeft()) ?? 0;
  site.wait(10);
  await context.clock.fastForward(10_000);
  await expect.poll(() => screen.secondsLeft()).toBeLessThanOrEqual(before - 10);
  await expectTruth(screen);
});
