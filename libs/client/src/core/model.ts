import type { Answer } from './answer.js';
import type { Standing } from './standing.js';
import type { Shown } from './state.js';

/** A press without a definite answer. It is saved, so that a reload repeats it with the same key. */
export interface SavedPress {
  /** The Idempotency-Key. */
  readonly key: string;
  /** When the user pressed, by the clock of the events. */
  readonly at: number;
}

export interface Press extends SavedPress {
  readonly attempts: number;
  /** The number of the request on its way. 0: none, between two attempts. */
  readonly request: number;
  /** The deadline of the request on its way, or the time of the next one. */
  readonly dueAt: number;
}

/** Why the last press, or the last looks, failed. The user may press again from `until` on. */
export interface Trouble extends Shown {
  readonly name: 'unavailable';
  /** When it is no longer shown. `Infinity`: when a look succeeds. */
  readonly shownUntil: number;
}

/** Everything that the client knows. Times are milliseconds of one monotonic clock; `Infinity` is never. */
export interface Model {
  readonly isRunning: boolean;
  readonly isVisible: boolean;
  readonly isOnline: boolean;
  /** The newest answer of the service. */
  readonly standing: Standing | null;
  readonly press: Press | null;
  /** The service said that a push is being sent. What it says next tells whether it was. */
  readonly awaitsPush: boolean;
  readonly trouble: Trouble | null;
  /** Until when a push counts as just sent. */
  readonly sentUntil: number;
  /** The number of the look on its way. 0: none. Whatever is newer than its answer would be makes it 0. */
  readonly look: number;
  /** The deadline of the look on its way, or the time of the next one. */
  readonly lookAt: number;
  readonly failedLooks: number;
  /** `idle`: may be opened. `failed`: never again. */
  readonly stream: 'idle' | 'opening' | 'live' | 'failed';
  readonly requests: number;
}

export const INITIAL: Model = {
  isRunning: false,
  isVisible: true,
  isOnline: true,
  standing: null,
  press: null,
  awaitsPush: false,
  trouble: null,
  sentUntil: 0,
  look: 0,
  lookAt: Infinity,
  failedLooks: 0,
  stream: 'idle',
  requests: 0,
};

/** What happened. `at` is a reading of the monotonic clock. */
export type Event = { readonly at: number } & (
  | {
      readonly type: 'started';
      readonly isVisible: boolean;
      readonly isOnline: boolean;
      /** Whether the stream of events may be used. */
      readonly events: boolean;
      /** What `save` kept before a reload. */
      readonly saved?: SavedPress | null | undefined;
    }
  | { readonly type: 'stopped' }
  | { readonly type: 'pressed'; readonly key: string }
  /** `random`, at least 0 and below 1, spreads the next attempt. */
  | { readonly type: 'answered'; readonly request: number; readonly answer: Answer; readonly random: number }
  /** The time that `wakeAt` named has come. */
  | { readonly type: 'woke' }
  /** The page was hidden, shown, or restored from the back-forward cache; the connection was lost or is back. */
  | { readonly type: 'page'; readonly isVisible: boolean; readonly isOnline: boolean }
  /** An event of the stream: the JSON of a look. */
  | { readonly type: 'streamed'; readonly body: unknown }
  /** `mayReopen`: the server ended it after 30 seconds or more. Otherwise it was refused, broke, or fell silent. */
  | { readonly type: 'stream-ended'; readonly mayReopen: boolean }
  /** Another tab of this login, with `save` or `forget`. Anything else is taken as `answered`. */
  | { readonly type: 'heard'; readonly message: string }
);

/** What to do now. */
export type Effect =
  | { readonly type: 'look'; readonly request: number }
  | { readonly type: 'press'; readonly request: number; readonly key: string }
  /** Nobody waits for this request any more. */
  | { readonly type: 'abort'; readonly request: number }
  /** Keep `model.press` over a reload, and tell the other tabs of this login: `pressing`. */
  | { readonly type: 'save' }
  /** Keep it no longer, and tell them: `answered`. */
  | { readonly type: 'forget' }
  | { readonly type: 'open-stream' }
  | { readonly type: 'close-stream' };
