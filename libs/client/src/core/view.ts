import type { Model } from './model.js';
import { isFinal, type ResendState, type Shown, type StateName } from './state.js';
import { PRESS_LIFETIME_MS } from './timing.js';

/** What the screen shows at a moment. */
export function view(model: Model, at: number): ResendState {
  const { standing } = model;
  const { name, until, nextAction, code, requestId } = shown(model);
  const canPress = name === 'ready' || (name === 'unavailable' && standing?.name === 'ready' && at >= until);
  return {
    name,
    canPress: canPress && model.isRunning,
    secondsLeft: until > at && until < Infinity ? secondsUntil(until, at) : null,
    remaining: standing?.remaining ?? null,
    nextAction,
    justSent: at < model.sentUntil,
    code,
    requestId,
  } as ResendState;
}

/** When the core wants a `woke`: something may be due, or the countdown shows another number. `Infinity`: never. */
export function wakeAt(model: Model, at: number): number {
  const { isRunning, press, trouble, standing, sentUntil, lookAt } = model;
  if (!isRunning) return Infinity;
  const times = [sentUntil, lookAt, nextSecond(standing, at), nextSecond(trouble, at)];
  if (press) times.push(press.dueAt, press.at + PRESS_LIFETIME_MS);
  if (trouble) times.push(trouble.shownUntil);
  return Math.min(...times.filter((time) => time > at));
}

function shown({ standing, isOnline, press, trouble }: Model): Shown {
  if (standing && isFinal(standing)) return standing;
  if (!isOnline) return waiting('offline');
  if (press) return waiting('sending');
  return trouble ?? standing ?? waiting('loading');
}

function waiting(name: StateName): Shown {
  return { name, until: Infinity, nextAction: 'wait' };
}

function secondsUntil(end: number, at: number): number {
  return Math.ceil((end - at) / 1000);
}

/** When the countdown shows another number. NaN: there is none. */
function nextSecond(counting: Shown | null, at: number): number {
  const { until = NaN } = counting ?? {};
  return until - (secondsUntil(until, at) - 1) * 1000;
}
