import { setTimeout as sleep } from 'node:timers/promises';
import type { LoginClient } from './login-client.js';
import type { Site } from './site.js';
import { RECOVERY_MS } from './storm-policy.js';
import type { Witness } from './witness.js';

/** What a request, a start after a wait and the rounding up of a wait to seconds may add. */
const SLACK_MS = 3000;
/** Refusals that tell the longest wait that is visible. */
const EXACT_WAITS: ReadonlySet<string> = new Set(['cooling-down', 'user-limit', 'held-after-denial']);

/**
 * After the storm: the user signs in afresh and presses, waits as long as told and presses again.
 *
 * @returns a sentence where that does not lead to a push in time, and where a wait told was not enough
 */
export async function sendsAgain(
  device: LoginClient,
  site: Site,
  witness: Witness,
): Promise<{ readonly stuck?: string; readonly misled?: string }> {
  const { user } = device;
  const { challengeSid } = await site.simulate<{ challengeSid: string }>('POST', '/challenges', {
    identity: user,
    ageSeconds: 60,
  });
  const giveUpAt = Date.now() + RECOVERY_MS + SLACK_MS;
  const told: string[] = [];
  let misled: string | undefined;
  let hasWaited = false;
  for (let turn = 0; Date.now() < giveUpAt; turn++) {
    const instance = site.instances[turn % site.instances.length];
    const at = Date.now();
    const { answer, retryAfterSeconds = 1, ...more } = await device.press(instance?.url ?? '', challengeSid);
    witness.pressed({ user, challengeSid, at }, { answer, ...more });
    if (answer.kind === 'sent') return misled === undefined ? {} : { misled };
    const code = answer.kind === 'refused' ? answer.code : answer.kind;
    told.push(`${code} (${retryAfterSeconds} s)`);
    const isWait = EXACT_WAITS.has(code);
    if (hasWaited && isWait) misled = `${user}: ${told.join(', ')}`;
    hasWaited = isWait;
    await sleep(retryAfterSeconds * 1000);
  }
  return { stuck: `${user}: ${told.join(', ')}`, ...(misled !== undefined && { misled }) };
}
