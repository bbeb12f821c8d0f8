import { isFinal, type ResendState } from '../core/state.js';
import type { Catalogue, Texts } from './catalogue.js';
import { english } from './english.js';

/** What the screen says. */
export interface Message {
  /** Of the button. It stays the same while the countdown runs. */
  readonly label: string;
  readonly heading: string;
  readonly text: string;
  /** Changes each second: for sight, and for `aria-describedby`, never for a live region. Null: there is none. */
  readonly countdown: string | null;
  /** The label of the way on, such as "Start a new login". Null: there is none. */
  readonly action: string | null;
  /** For a live region (`role="status"`), at the times that `announcements` tells. Null: this state says nothing. */
  readonly announcement: string | null;
}

export function messageOf(state: ResendState, catalogue: Catalogue = english): Message {
  const { name, secondsLeft, nextAction, justSent, code } = state;
  const special = typeof code === 'string' && Object.hasOwn(catalogue.codes, code) ? catalogue.codes[code] : undefined;
  const isSent = justSent && (name === 'cooling-down' || name === 'exhausted');
  const { label, heading, text, announcement }: Texts = {
    ...catalogue.states[name],
    ...special,
    ...(isSent && catalogue.sent),
  };
  return {
    label,
    heading,
    text,
    countdown: secondsLeft === null ? null : catalogue.countdown.replace('{time}', timeOf(secondsLeft, catalogue)),
    action: isFinal(state) || nextAction === 'use-other-factor' ? (catalogue.actions[nextAction] ?? null) : null,
    announcement: announcement ?? null,
  };
}

/** Seconds for short waits, whole minutes rounded up for long ones. */
function timeOf(seconds: number, { seconds: short, minutes: long }: Catalogue): string {
  return seconds < 90
    ? short.replace('{seconds}', String(seconds))
    : long.replace('{minutes}', String(Math.ceil(seconds / 60)));
}
