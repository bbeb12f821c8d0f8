/** The browser of the tests: the one at CHROMIUM_PATH, else the first on PATH, else Debian's, installed as root. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { installFromDebian } from './debian.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

export default function setup(): void {
  if (chromiumPath() === undefined) installFromDebian('chromium', 'No Chromium on PATH');
}

/** Starts a headless Chromium. @throws Error where there is none */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) {
    throw new Error('No Chromium: put one on PATH (Debian: apt-get install chromium), or name it in CHROMIUM_PATH.');
  }
  // Chromium's sandbox refuses to start as root.
  return chromium.launch({ executablePath, args: [...args], chromiumSandbox: process.getuid?.() !== 0 });
}

function chromiumPath(): string | undefined {
  const given = process.env['CHROMIUM_PATH'];
  if (given !== undefined && given !== '') return given;
  const directories = (process.env['PATH'] ?? '').split(delimiter);
  return NAMES.flatMap((name) => directories.map((directory) => join(directory, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
