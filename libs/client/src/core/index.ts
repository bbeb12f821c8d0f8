/** For hosts of one's own, and as the reference of ports to other languages (`vectors/README.md`). */
export type { Answer } from './answer.js';
export { type Effect, type Event, INITIAL, type Model, type SavedPress } from './model.js';
export { isFinal, type NextAction, type ResendState, type StateName } from './state.js';
export { transition, type Transition } from './transition.js';
export { view, wakeAt } from './view.js';
