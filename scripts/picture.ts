/**
 * `npm run picture`: photographs the page of the simulator that `npm start` runs, for the README. Writes
 * docs/login-screen.png and docs/login-screen.webp, an animation of a login. Needs a Chromium.
 */
import { writeFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { launchChromium } from '../test/support/chromium.ts';
import { simulatorUrl } from './demo-pair.ts';
import { animatedWebp, type Frame } from './picture/animated-webp.ts';

const VIEW = { width: 1280, height: 800 };
const docs = new URL('../docs/', import.meta.url);

const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: VIEW, colorScheme: 'light' });
  const frames = await film(page);
  writeFileSync(new URL('login-screen.webp', docs), animatedWebp(frames, VIEW.width, VIEW.height));
} finally {
  await browser.close();
}

/** A login from its first seconds to the approval. The picture is taken where the second notification has arrived. */
async function film(page: Page): Promise<Frame[]> {
  const devtools = await page.context().newCDPSession(page);
  const frames: Frame[] = [];
  const shoot = async (milliseconds: number): Promise<void> => {
    frames.push({ webp: await webpOf(devtools), milliseconds });
  };
  const seconds = async (count: number): Promise<void> => {
    for (let second = 0; second < count; second++) {
      const shown = (await page.locator('#timer').textContent()) ?? '';
      await shoot(800);
      await page.locator('#timer', { hasNotText: shown }).waitFor({ state: 'attached' });
    }
  };

  await page.goto(simulatorUrl);
  await page.locator('#notifications li').waitFor();
  await page.locator('#screen[data-state="cooling-down"]').waitFor();
  await seconds(3);
  await page.locator('#screen[data-state="ready"]').waitFor();
  await shoot(1600);
  await page.locator('#action').dblclick();
  await page.locator('#notifications li').nth(1).waitFor();
  await page.waitForTimeout(600); // it has slid in
  await shoot(1200);
  await page.screenshot({ path: new URL('login-screen.png', docs).pathname });
  await seconds(3);
  await page.locator('#notifications .approve').first().click();
  await page.locator('#screen[data-state="approved"]').waitFor();
  await page.waitForTimeout(600); // colours have changed
  await shoot(3500);
  return frames;
}

async function webpOf(devtools: CDPSession): Promise<Buffer> {
  const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  return Buffer.from(data, 'base64');
}
