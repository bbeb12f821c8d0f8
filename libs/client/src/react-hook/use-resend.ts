import { useEffect, useId, useMemo, useRef, useSyncExternalStore } from 'react';
import { createResend, type ResendOptions, type ResendState } from '../index.js';
import { announcements } from '../messages/announced.js';
import { type Catalogue, english, type Message, messageOf } from '../messages/index.js';

export interface UseResendOptions extends ResendOptions {
  /** Every text; English unless given. May change at any time. */
  readonly messages?: Catalogue;
}

/** What to draw. The props are for elements of any look: `<button {...buttonProps} />`. */
export interface ResendView {
  readonly state: ResendState;
  /** The texts of this state. */
  readonly message: Message;
  /** Asks for one push. Nothing happens unless `state.canPress`. */
  readonly press: () => void;
  /** A button that keeps the focus while it can not be pressed. */
  readonly buttonProps: {
    readonly type: 'button';
    readonly 'aria-disabled': boolean;
    readonly 'aria-describedby': string;
    readonly onClick: () => void;
    readonly children: string;
  };
  /** The countdown. It describes the button, and no screen reader speaks its ticks. */
  readonly timerProps: {
    readonly id: string;
    readonly role: 'timer';
    readonly 'aria-live': 'off';
    readonly children: string | null;
  };
  /** Tells screen readers three things: sent, available again, finished. Draw it always, also while it is empty. */
  readonly statusProps: { readonly role: 'status'; readonly children: string | null };
}

/**
 * Follows one login from the first render in a browser until the component is gone. On a server it asks nothing. Starts over when
 * `challengeSid`, `baseUrl` or `path` changes; of the other options only `token` and `messages` may change later.
 */
export function useResend(options: UseResendOptions): ResendView {
  const { challengeSid, baseUrl, path, messages = english } = options;
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const hasToken = options.token !== undefined;
  const { resend, read } = useMemo(() => {
    const token = async () => (await latest.current.token?.()) ?? '';
    const created = createResend({ ...options, ...(hasToken && { token }) });
    return { resend: created, read: announcements(created) };
  }, [challengeSid, baseUrl, path, hasToken]);
  const { state, announced } = useSyncExternalStore(resend.subscribe, read, read);

  const timerId = useId();
  const message = messageOf(state, messages);
  return {
    state,
    message,
    press: resend.press,
    buttonProps: {
      type: 'button',
      'aria-disabled': !state.canPress,
      'aria-describedby': timerId,
      onClick: resend.press,
      children: message.label,
    },
    timerProps: { id: timerId, role: 'timer', 'aria-live': 'off', children: message.countdown },
    statusProps: { role: 'status', children: announced && messageOf(announced, messages).announcement },
  };
}
