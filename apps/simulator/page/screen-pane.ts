import type { ResendState } from '@push-resend/client';
import { at, enable, onPress, write } from './dom.js';
import { noLogin, sent, type Words, words } from './words.js';

/** What the login screen can ask for. */
export interface Actions {
  readonly press: () => void;
  readonly startOver: () => void;
}

/** The longest wait that was seen of the countdown that is running, for the ring. */
let wholeWait = 0;
let does: Words['action']['does'] = 'press';

export function wireScreen({ press, startOver }: Actions): void {
  onPress(at('action'), () => (does === 'press' ? press() : startOver()));
}

/**
 * Draws one state. The button stays one element throughout, so that nobody loses their place.
 *
 * @param canStartOver whether the page can make a new login
 */
export function drawScreen(state: ResendState, canStartOver: boolean): void {
  const said = state.name === 'cooling-down' && state.justSent ? sent : words[state.name];
  draw(said, said.action.does === 'start-over' ? canStartOver : state.canPress);
  at('screen').dataset['state'] = state.name;
  drawCountdown(state.secondsLeft);
  write(at('remaining'), said.tone === 'calm' ? left(state.remaining) : '');
}

export function drawNoLogin(): void {
  draw(noLogin, false);
}

function draw(said: Words, isEnabled: boolean): void {
  does = said.action.does;
  at('screen').dataset['tone'] = said.tone;
  at('dial-icon').setAttribute('href', `#icon-${said.icon}`);
  write(at('heading'), said.heading);
  write(at('text'), said.text);
  write(at('action'), said.action.label);
  enable(at('action'), isEnabled);
}

/** The number is a timer, which screen readers read on demand and do not announce. */
function drawCountdown(secondsLeft: number | null): void {
  const counts = secondsLeft !== null && secondsLeft > 0;
  wholeWait = counts ? Math.max(wholeWait, secondsLeft) : 0;
  write(at('timer'), counts ? `You can send it again in ${duration(secondsLeft)}.` : '');
  at('ring').classList.toggle('counts', counts);
  at('ring').style.strokeDasharray = counts ? `${(100 * secondsLeft) / wholeWait} 100` : '0 100';
}

function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

function left(remaining: number | null): string {
  if (remaining === null || remaining < 1) return '';
  return remaining === 1 ? 'One more can be sent.' : `${remaining} more can be sent.`;
}
