import type { Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response } from 'playwright-core';
import { blank } from '../blank.js';
import type { LoginSite } from './login-site.js';

const LABEL = 'Send it again';

let users = 0;

/** A user with a browser and a phone. The page's clock runs by itself, and jumps when a test says so. */
export class LoginPage {
  readonly identity = `browser-user-${++users}`;
  /** What went wrong in the page: uncaught errors, and what React and the browser complain about. */
  readonly complaints: string[] = [];
  /** The newest login's. */
  challengeSid = '';
  readonly #requests: Request[] = [];

  private constructor(
    readonly site: LoginSite,
    readonly page: Page,
  ) {
    page.on('request', this.#onRequest);
    page.on('response', this.#onResponse);
    page.on('pageerror', this.#onError);
    page.on('console', this.#onMessage);
  }

  /** In the one tab of the site's browser, which must be blank. */
  static async open(site: LoginSite): Promise<LoginPage> {
    const opened = new LoginPage(site, await tabOf(site.browser));
    // A login of yesterday: the user has a phone.
    await site.rig.simulate('POST', '/challenges', { identity: opened.identity, ageSeconds: 500 });
    return opened;
  }

  /** Leaves a blank tab. */
  async close(): Promise<void> {
    await blank(this.context);
    this.page.off('request', this.#onRequest);
    this.page.off('response', this.#onResponse);
    this.page.off('pageerror', this.#onError);
    this.page.off('console', this.#onMessage);
  }

  readonly #onRequest = (request: Request) => void this.#requests.push(request);
  readonly #onResponse = async (response: Response) => {
    if (response.url() !== `${this.site.origin}/login`) return;
    this.challengeSid = ((await response.json()) as { challengeSid: string }).challengeSid;
  };
  readonly #onError = (error: Error) => void this.complaints.push(String(error));
  readonly #onMessage = (message: ConsoleMessage) => {
    // The browser logs every answer that is no 2xx, which is no mistake of the page.
    const isMistake = message.type() === 'error' && !message.text().startsWith('Failed to load resource');
    if (isMistake) this.complaints.push(message.text());
  };

  get context(): BrowserContext {
    return this.page.context();
  }

  get button(): Locator {
    return this.page.getByRole('button', { name: LABEL });
  }

  /** The countdown. */
  get timer(): Locator {
    return this.page.getByRole('timer');
  }

  /** Opens the React application and enters the password, so that the first push is on its way. */
  async submitPassword(): Promise<void> {
    await this.page.goto(this.site.origin);
    await this.page.getByLabel('User').fill(this.identity);
    await this.page.getByRole('button', { name: 'Log in' }).click();
  }

  /** Opens the page with the element, which has logged in with the password already. */
  async openElement(): Promise<void> {
    await this.page.goto(`${this.site.origin}/element.html?user=${this.identity}`);
    await this.page.locator('push-resend-button[challenge-sid]').waitFor();
  }

  /** Also waits for the first answer to the screen. */
  async logIn(): Promise<void> {
    await this.submitPassword();
    await this.isCoolingDown();
  }

  /** Also waits until the cooldown since the first push is over. */
  async logInUntilReady(): Promise<void> {
    await this.logIn();
    await this.pass(30);
    await this.isReady();
  }

  async shows(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).waitFor();
  }

  async isReady(): Promise<void> {
    await this.page.getByRole('button', { name: LABEL, disabled: false }).waitFor();
  }

  async isCoolingDown(): Promise<void> {
    await this.shows(/You can send it again in \d+ s\./);
  }

  /** Moves the time of the page, of Push Resend and of Twilio. */
  async pass(seconds: number): Promise<void> {
    this.site.rig.wait(seconds);
    await this.page.clock.fastForward(seconds * 1000);
  }

  /** The user answers on the phone. Push Resend asks Twilio again after two seconds. */
  async answer(status: 'approved' | 'denied'): Promise<void> {
    await this.site.rig.simulate('POST', `/challenges/${this.challengeSid}/respond`, { status });
    await this.pass(3);
  }

  /** Pushes that Twilio has sent again for the newest login. */
  async resent(): Promise<number> {
    const journal = await this.site.rig.simulate<{ effect: string }[]>(
      'GET',
      `/journal?challengeSid=${this.challengeSid}`,
    );
    return journal.filter(({ effect }) => effect === 'notification-created').length;
  }

  /** Calls of the page to Push Resend, as `GET /v1/challenges/YC…`. */
  calls(method?: 'GET' | 'POST'): string[] {
    const ours = this.#requests.filter((request) => request.url().startsWith(this.site.api));
    const calls = ours.map((request) => `${request.method()} ${request.url().slice(this.site.api.length)}`);
    return calls.filter((call) => call.startsWith(method ?? ''));
  }

  /** The keys of the presses; an attempt that is repeated has the same one again. */
  keys(): Set<string | undefined> {
    const presses = this.#requests.filter(
      (request) => request.method() === 'POST' && request.url().endsWith('/notifications'),
    );
    return new Set(presses.map((request) => request.headers()['idempotency-key']));
  }

  /** What a screen reader was told so far. */
  announced(): Promise<string[]> {
    return this.page.evaluate(() => (globalThis as { announced?: string[] }).announced ?? []);
  }
}

async function tabOf(browser: Browser): Promise<Page> {
  const [open] = browser.contexts().flatMap((context) => context.pages());
  if (open) return open;
  const page = await (await browser.newContext({ reducedMotion: 'reduce' })).newPage();
  page.setDefaultTimeout(30_000);
  await page.clock.install();
  await page.addInitScript(recordAnnouncements);
  return page;
}

/** Runs in the page, before its own scripts: notes what the live region says, in the document and in elements. */
function recordAnnouncements(): void {
  const announced: string[] = [];
  Object.assign(globalThis, { announced });
  const watch = (root: Document | ShadowRoot) => {
    let last = '';
    new MutationObserver(() => {
      const text = root.querySelector('[role=status]')?.textContent ?? '';
      if (text !== last && text !== '') announced.push(text);
      last = text;
    }).observe(root, { childList: true, characterData: true, subtree: true });
  };
  watch(document);
  const watchElement = async () => {
    await customElements.whenDefined('push-resend-button');
    const root = document.querySelector('push-resend-button')?.shadowRoot;
    if (root) watch(root);
  };
  void watchElement();
}
