import type { Page } from 'playwright-core';
import type { StateName } from '@push-resend/client';
import { answer, type ScriptedAnswer } from '@push-resend/client/testing';
import { give } from '../give.js';

interface Staged {
  readonly looks: ScriptedAnswer;
  readonly presses?: ScriptedAnswer;
}

/** What the service answers, so that a screen reaches the state. For `sending` it has to be pressed, for `offline` cut off. */
export const ANSWERS: Readonly<Record<StateName, Staged>> = {
  loading: { looks: answer.never() },
  ready: { looks: answer.ready() },
  sending: { looks: answer.ready() },
  'in-progress': { looks: answer.inProgress() },
  'cooling-down': { looks: answer.coolingDown(24) },
  limited: { looks: answer.limited(200) },
  exhausted: { looks: answer.exhausted() },
  approved: { looks: answer.approved() },
  denied: { looks: answer.denied() },
  expired: { looks: answer.expired() },
  'session-over': { looks: answer.sessionInvalid() },
  offline: { looks: answer.ready() },
  unavailable: { looks: answer.html(502) },
};

/** Answers in the place of the service at `api`. The login backend never finishes, so that an approved login stays on the screen. */
export async function stage(page: Page, api: string, { looks, presses = answer.never() }: Staged): Promise<void> {
  await page.unrouteAll();
  await page.route('**/login/complete', () => undefined);
  await page.route(`${api}/v1/challenges/*`, (route) => give(route, looks));
  await page.route(`${api}/v1/challenges/*/notifications`, (route) => give(route, presses));
  await page.route(`${api}/v1/challenges/*/events`, (route) => give(route, answer.html(404)));
}
