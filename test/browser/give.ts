import type { Route } from 'playwright-core';
import type { ScriptedAnswer } from '@push-resend/client/testing';

/** Gives a request of a page one of the answers that the client's fake login has; pages of every origin may read it. */
export async function give(route: Route, given: ScriptedAnswer): Promise<void> {
  if (given === 'never') return;
  if (given === 'lost') await route.abort();
  else await route.fulfill({ ...given, headers: { 'access-control-allow-origin': '*' } });
}
