import type { Page, Route } from 'playwright-core';
import type { StateName } from '@push-resend/client';

const NEVER = 'never';
type Answer = { status?: number; json: object } | { status: number; html: string } | typeof NEVER;

interface Staged {
  readonly looks: Answer;
  readonly presses?: Answer;
}

const standing = (status: string, nextAction: string, wait: number | null = null, challenge = 'pending'): Answer => ({
  json: {
    challenge: { sid: 'YC00000000000000000000000000000201', status: challenge, expiresInSeconds: 240 },
    resend: { status, availableInSeconds: wait, remaining: 1, limit: 2 },
    nextAction,
    pollAfterSeconds: challenge === 'pending' ? 2 : null,
  },
});

const ready = standing('ready', 'tap', 0);
const sessionInvalid = { code: 'session-invalid', status: 401, title: '', retryable: false, nextAction: 'start-over' };

/** What the service answers, so that a screen reaches the state. For `sending` it has to be pressed, for `offline` cut off. */
export const ANSWERS: Readonly<Record<StateName, Staged>> = {
  loading: { looks: NEVER },
  ready: { looks: ready },
  sending: { looks: ready, presses: NEVER },
  'in-progress': { looks: standing('in-progress', 'wait') },
  'cooling-down': { looks: standing('cooling-down', 'wait', 24) },
  limited: { looks: standing('limited', 'wait', 200) },
  exhausted: { looks: standing('exhausted', 'use-other-factor') },
  approved: { looks: standing('closed', 'proceed', null, 'approved') },
  denied: { looks: standing('closed', 'stop', null, 'denied') },
  expired: { looks: standing('closed', 'start-over', null, 'expired') },
  'session-over': { looks: { status: 401, json: sessionInvalid } },
  offline: { looks: ready },
  unavailable: { looks: { status: 502, html: '<h1>Bad Gateway</h1>' } },
};

/** Answers in the place of the service at `api`. The login backend never finishes, so that an approved login stays on the screen. */
export async function stage(page: Page, api: string, { looks, presses = NEVER }: Staged): Promise<void> {
  const origin = { 'access-control-allow-origin': '*' };
  const answer = async (route: Route, given: Answer) => {
    if (given === NEVER) return;
    if ('html' in given)
      await route.fulfill({ status: given.status, headers: origin, contentType: 'text/html', body: given.html });
    else await route.fulfill({ status: given.status ?? 200, headers: origin, json: given.json });
  };
  await page.unrouteAll();
  await page.route('**/login/complete', () => undefined);
  await page.route(`${api}/v1/challenges/*`, (route) => answer(route, looks));
  await page.route(`${api}/v1/challenges/*/notifications`, (route) => answer(route, presses));
  await page.route(`${api}/v1/challenges/*/events`, (route) => answer(route, { status: 404, html: 'No events here' }));
}
