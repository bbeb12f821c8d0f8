/** What a login screen shows. `approved`, `denied`, `expired` and `session-over` are final; all others end by themselves. */
export type StateName =
  /** Nothing is known yet. */
  | 'loading'
  | 'ready'
  /** A press of this screen is on its way, retries included. */
  | 'sending'
  /** A push is being sent for another press: of another tab or device, or an earlier try of this one. */
  | 'in-progress'
  | 'cooling-down'
  /** The user has to wait, or to use another factor. */
  | 'limited'
  /** No more pushes for this Challenge, which can still be approved. */
  | 'exhausted'
  | 'approved'
  | 'denied'
  /** The Challenge is over without an answer, or does not exist. */
  | 'expired'
  | 'session-over'
  | 'offline'
  /** The last press failed, or the service can not be reached. */
  | 'unavailable';

/** What the user should do next. */
export type NextAction =
  | 'tap'
  | 'wait'
  | 'open-app'
  | 'use-other-factor'
  | 'start-over'
  | 'proceed'
  | 'stop'
  | 'fix-request';

type WithCountdown = 'cooling-down' | 'limited' | 'unavailable';

interface StateOf<Name extends StateName> {
  readonly name: Name;
  /** Whether a press does anything now. In `unavailable`: whether the user may try again. */
  readonly canPress: Name extends 'ready' ? true : Name extends 'unavailable' ? boolean : false;
  /** Whole seconds until the button is ready, rounded up. Null: show no countdown. */
  readonly secondsLeft: Name extends WithCountdown ? number | null : null;
  /** Resends that are left for this Challenge. Null: not known. */
  readonly remaining: number | null;
  /** `proceed` only in `approved`, `stop` only in `denied`. */
  readonly nextAction: NextAction;
  /** True for 10 seconds after a push was accepted. */
  readonly justSent: boolean;
  /** The problem code behind this state: the server's, or `no-answer`, `not-sent`. */
  readonly code?: string;
  /** For support, when this state comes from an error. */
  readonly requestId?: string;
}

/** The state of the button, a union on `name`. */
export type ResendState = { [Name in StateName]: StateOf<Name> }[StateName];

/** What the screen may show. */
export interface Shown {
  readonly name: StateName;
  /** The end of the countdown. `Infinity`: there is none. */
  readonly until: number;
  readonly nextAction: NextAction;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
}

/** The final states, each with its one next action. */
export const FINAL = {
  approved: 'proceed',
  denied: 'stop',
  expired: 'start-over',
  'session-over': 'start-over',
} as const satisfies Readonly<Partial<Record<StateName, NextAction>>>;

export function isFinal<State extends { readonly name: StateName }>(
  state: State,
): state is State & { readonly name: keyof typeof FINAL } {
  return state.name in FINAL;
}
