import { type Answer, bodyOf, isRetryable, retryAfterMs } from './answer.js';
import type { Effect, Event, Model, Press, SavedPress } from './model.js';
import { actionOf, merged, type Standing, type StandingName, standingOf } from './standing.js';
import { isFinal, type NextAction } from './state.js';
import {
  backoff,
  FAILED_LOOKS,
  LONGEST_RETRY_MS,
  LOOK_AFTER_TAB_MS,
  LOOK_DEADLINE_MS,
  PRESS_ATTEMPTS,
  PRESS_DEADLINE_MS,
  PRESS_LIFETIME_MS,
  RARE_LOOK_MS,
  SENT_MS,
  TROUBLE_MS,
} from './timing.js';
import { view } from './view.js';

export interface Transition {
  readonly model: Model;
  readonly effects: readonly Effect[];
}

const LOST: Answer = { status: 0 };

/**
 * What the client knows after an event, and what to do about it. It has no clock and does no I/O: the same events give the
 * same transitions, in any language (`vectors/`).
 */
export function transition(before: Model, event: Event): Transition {
  const model: { -readonly [Key in keyof Model]: Model[Key] } = { ...before };
  const effects: Effect[] = [];
  const { at } = event;

  // Nothing that comes after the end is news.
  if (!model.standing || !isFinal(model.standing)) {
    elapse();
    take();
    work();
  }
  return { model, effects };

  /** What time alone changes. */
  function elapse(): void {
    const { standing, trouble } = model;
    if (trouble && at >= trouble.shownUntil) model.trouble = null;
    if (standing && at >= standing.until) {
      // The service promises that a cooldown ends exactly then. What else limits the user may go on, so it is asked.
      model.standing = standing.name === 'cooling-down' ? plain('ready', 'tap') : { ...standing, until: Infinity };
      if (!model.look) model.lookAt = at;
    }
  }

  function take(): void {
    switch (event.type) {
      case 'started':
        model.isRunning = true;
        if (!event.events) model.stream = 'failed';
        resume(event.saved);
        return surrounded(event);
      case 'stopped':
        model.isRunning = false;
        dropLook();
        return closeStream();
      case 'pressed':
        if (!view(model, at).canPress) return;
        model.trouble = null;
        model.sentUntil = at;
        begin({ key: event.key, at });
        return void effects.push({ type: 'save' });
      case 'answered':
        if (event.request === model.press?.request) pressAnswered(model.press, event.answer, event.random);
        else if (event.request === model.look) lookAnswered(event.answer, event.random);
        return;
      case 'woke':
        return;
      case 'page':
        return surrounded(event);
      case 'streamed':
        return streamed(event.body);
      case 'stream-ended':
        model.stream = event.mayReopen ? 'idle' : 'failed';
        return lookFrom(at);
      case 'heard':
        if (model.press || !model.standing) return;
        if (event.message !== 'pressing') return lookFrom(at);
        model.standing = plain('in-progress');
        return lookFrom(at + LOOK_AFTER_TAB_MS);
    }
  }

  /** Does what is due. */
  function work(): void {
    if (!model.isRunning) return;
    if (model.press?.request && at >= model.press.dueAt) {
      effects.push({ type: 'abort', request: model.press.request });
      pressAnswered(model.press, LOST, 0);
    }
    if (model.press && !model.press.request) send(model.press);
    if (model.look && at >= model.lookAt) {
      dropLook();
      lookFailed(LOST, 0);
    }
    if (!model.look && at >= model.lookAt && (model.isVisible || !model.standing)) {
      model.look = ++model.requests;
      model.lookAt = at + LOOK_DEADLINE_MS;
      effects.push({ type: 'look', request: model.look });
    }
  }

  function surrounded({ isVisible, isOnline }: { readonly isVisible: boolean; readonly isOnline: boolean }): void {
    model.isVisible = isVisible;
    model.isOnline = isOnline;
    if (!isVisible || !isOnline) closeStream();
    // After an absence nothing that is shown may be true any more: asks at once.
    lookFrom(isOnline ? at : at + RARE_LOOK_MS);
  }

  function resume(saved: SavedPress | null | undefined): void {
    if (model.press || !saved) return;
    // An age below 0 is that of a device clock that was changed in between.
    if (saved.at <= at && at < saved.at + PRESS_LIFETIME_MS) begin(saved);
    else effects.push({ type: 'forget' });
  }

  function begin(press: SavedPress): void {
    model.press = { ...press, attempts: 0, request: 0, dueAt: at };
  }

  function send(press: Press): void {
    if (at >= press.at + PRESS_LIFETIME_MS) return giveUp(LOST);
    if (at < press.dueAt || !model.isOnline) return;
    const request = ++model.requests;
    model.press = { ...press, attempts: press.attempts + 1, request, dueAt: at + PRESS_DEADLINE_MS };
    effects.push({ type: 'press', request, key: press.key });
  }

  function pressAnswered(press: Press, answer: Answer, random: number): void {
    const { code } = bodyOf(answer);
    const { status } = answer;
    const standing = standingOf(answer, at);
    const isSent = standing && status === 201;
    if (code === 'resend-in-progress') {
      endPress();
      return accept(standing ?? plain('in-progress'));
    }
    if (!isSent && isRetryable(answer)) {
      const dueAt = at + backoff(press.attempts, retryAfterMs(answer), random);
      const isLast = press.attempts >= PRESS_ATTEMPTS || retryAfterMs(answer) > LONGEST_RETRY_MS;
      if (isLast || dueAt >= press.at + PRESS_LIFETIME_MS) return giveUp(answer);
      model.press = { ...press, request: 0, dueAt };
      return;
    }
    endPress();
    // A look or an event may have taken the push for sent just before an answer that is less sure.
    model.sentUntil = isSent ? at + SENT_MS : at;
    if (standing && (status < 500 || code === 'delivery-unknown')) accept(standing);
    else fail(answer);
  }

  /** A new press gets a new key. Should the old one have been sent after all, the service's cooldown keeps them apart. */
  function giveUp(answer: Answer): void {
    endPress();
    fail(answer);
  }

  function endPress(): void {
    model.press = null;
    model.awaitsPush = false;
    effects.push({ type: 'forget' });
  }

  /** Shows that the press failed, and asks where the user stands. */
  function fail(answer: Answer): void {
    const wait = retryAfterMs(answer);
    failWith(answer, at + wait, at + Math.max(wait, TROUBLE_MS));
    lookFrom(at);
  }

  function failWith(answer: Answer, until = Infinity, shownUntil = Infinity): void {
    const { code = 'no-answer', requestId } = bodyOf(answer);
    model.trouble = {
      name: 'unavailable',
      until,
      shownUntil,
      nextAction: actionOf(answer) ?? 'wait',
      code,
      requestId,
    };
  }

  function lookAnswered(answer: Answer, random: number): void {
    const standing = standingOf(answer, at);
    model.look = 0;
    if (standing && (answer.status < 500 || isFinal(standing))) learn(standing);
    else lookFailed(answer, random);
  }

  function lookFailed(answer: Answer, random: number): void {
    model.failedLooks++;
    if (!model.standing || !isRetryable(answer) || model.failedLooks >= FAILED_LOOKS) failWith(answer);
    model.lookAt = at + backoff(model.failedLooks, retryAfterMs(answer), random);
  }

  function streamed(body: unknown): void {
    const standing = standingOf({ status: 200, body }, at);
    if (!standing) return;
    model.stream = 'live';
    // An event may have been written before the last press was answered, and arrive after that.
    if (at < model.sentUntil && !isFinal(standing)) lookFrom(at);
    else learn(standing);
  }

  /** What a look or the stream tells. */
  function learn(standing: Standing): void {
    const { name } = standing;
    if (model.trouble?.shownUntil === Infinity) model.trouble = null;
    if (model.awaitsPush) {
      if (name === 'cooling-down' || name === 'exhausted') model.sentUntil = at + SENT_MS;
      if (name === 'ready') fail({ status: 0, body: { code: 'not-sent' } });
    }
    accept(merged(model.standing, standing));
  }

  function accept(standing: Standing): void {
    const { name, pollMs } = standing;
    model.standing = standing;
    model.awaitsPush = name === 'in-progress';
    model.failedLooks = 0;
    model.isOnline = true;
    if (name !== 'ready') model.trouble = null;
    if (isFinal(standing)) return end();
    lookFrom(at + (model.stream === 'live' && name !== 'in-progress' ? RARE_LOOK_MS : pollMs));
    if (model.stream === 'idle' && model.isRunning && model.isVisible) {
      model.stream = 'opening';
      effects.push({ type: 'open-stream' });
    }
  }

  /** Nothing will change any more. */
  function end(): void {
    model.sentUntil = at;
    if (model.press) endPress();
    lookFrom(Infinity);
    closeStream();
  }

  /** Looks then, and not before: the look on its way may be older than what was learnt now. */
  function lookFrom(time: number): void {
    dropLook();
    model.lookAt = time;
  }

  function dropLook(): void {
    if (model.look) effects.push({ type: 'abort', request: model.look });
    model.look = 0;
  }

  function closeStream(): void {
    if (model.stream !== 'opening' && model.stream !== 'live') return;
    model.stream = 'idle';
    effects.push({ type: 'close-stream' });
  }

  /** A state of which no answer told more than its name. */
  function plain(name: StandingName, nextAction: NextAction = 'wait'): Standing {
    const { remaining = null, pollMs = 2000 } = model.standing ?? {};
    return { name, nextAction, until: Infinity, remaining, pollMs };
  }
}
