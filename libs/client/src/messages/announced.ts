import type { Resend, ResendState } from '../index.js';
import { messageOf } from './message.js';

/** A state, and the one whose announcement a `role="status"` region shows meanwhile. */
export interface Announced {
  readonly state: ResendState;
  /** Null while there is nothing to say. */
  readonly announced: ResendState | null;
}

/**
 * Follows a login for screen readers, which are told how a press ended, that the button can be pressed again, and that the
 * login is over: not what a page shows when it opens, no trouble that ends by itself, and nothing twice.
 *
 * @returns reads the present; the same object until the state changes
 */
export function announcements(resend: Resend): () => Announced {
  let last: Announced = { state: resend.state, announced: null };
  return () => {
    const { state } = resend;
    if (state !== last.state) last = { state, announced: announcedAfter(last, state) };
    return last;
  };
}

function announcedAfter({ state: before, announced }: Announced, state: ResendState): ResendState | null {
  // An emptied region speaks again, even if the next announcement has the same words.
  if (state.name === 'sending') return null;
  const endsByItself =
    state.name === 'offline' || (state.name === 'unavailable' && !state.canPress && before.name !== 'sending');
  const { announcement } = messageOf(state);
  const isNews = announcement !== null && announcement !== messageOf(before).announcement;
  return isNews && !endsByItself && before.name !== 'loading' ? state : announced;
}
