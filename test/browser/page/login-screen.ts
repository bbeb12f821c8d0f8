import type { BrowserContext, Locator, Page, Route } from 'playwright-core';
import { BLANK } from '../blank.js';
import type { Login } from './site.js';

type State =
  | 'ready'
  | 'sending'
  | 'in-progress'
  | 'cooling-down'
  | 'limited'
  | 'exhausted'
  | 'approved'
  | 'denied'
  | 'expired'
  | 'session-over'
  | 'offline'
  | 'unavailable';

/** Milliseconds until a step has failed: far more than it takes, even where several browsers share a core. */
const PATIENCE = 30_000;

/** The left pane of the page, as a user has it. */
export class LoginScreen {
  readonly button: Locator;

  private constructor(readonly page: Page) {
    this.button = page.locator('#action');
  }

  /** Opens the page with a login. @param state to wait for */
  static async open(
    context: BrowserContext,
    { url }: Pick<Login, 'url'>,
    state: State = 'ready',
  ): Promise<LoginScreen> {
    const page = context.pages().find((tab) => tab.url() === BLANK) ?? (await context.newPage());
    page.setDefaultTimeout(PATIENCE);
    await page.goto(url);
    const screen = new LoginScreen(page);
    await screen.becomes(state);
    return screen;
  }

  /** Waits until the screen is in one of these states. */
  async becomes(...states: State[]): Promise<void> {
    await this.page.locator(states.map((state) => `#screen[data-state="${state}"]`).join(',')).waitFor();
  }

  /** A click like that of a finger: it does not wait for the button to be enabled. */
  async press(times = 1): Promise<void> {
    await this.button.click({ clickCount: times, force: true });
  }

  /** Whether a press would do something. */
  async canBePressed(): Promise<boolean> {
    return (await this.button.getAttribute('aria-disabled')) !== 'true';
  }

  /** Waits until the button can be pressed. */
  async isPressable(): Promise<void> {
    await this.page.locator('#action[aria-disabled="false"]').waitFor();
  }

  /** The countdown; undefined when there is none. */
  async secondsLeft(): Promise<number | undefined> {
    const [seconds] = /\d+/.exec((await this.page.locator('#timer').textContent()) ?? '') ?? [];
    return seconds === undefined ? undefined : Number(seconds);
  }

  /** The user looks at the screen again, after they were away; it then asks at once. */
  async comesBack(): Promise<void> {
    await this.page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
  }

  heading(): Promise<string | null> {
    return this.page.locator('#heading').textContent();
  }

  /** Comes between the screen and its presses. */
  async betweenPresses(handle: (route: Route) => Promise<void>): Promise<void> {
    await this.page.route('**/notifications', handle);
  }
}
