/** The React hook and the element in an application that Vite has built, in Chromium, against the real service on another origin. */
import { afterAll, beforeAll, describe, vi } from 'vitest';
import { accessibilityFacts } from './accessibility-facts.js';
import { elementFacts } from './element-facts.js';
import { type LoginSite, openLoginSite } from './login-site.js';
import { reactFacts } from './react-facts.js';

vi.setConfig({ testTimeout: 60_000 });

let site: LoginSite;
beforeAll(async () => {
  site = await openLoginSite();
}, 120_000);
afterAll(() => site?.close());

describe('the React application', () => reactFacts(() => site));
describe('the element', () => elementFacts(() => site));
describe('accessibility', () => accessibilityFacts(() => site));
