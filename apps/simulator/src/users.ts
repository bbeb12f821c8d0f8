import { statusAt } from './challenge-state.js';
import type { Answered, Challenge } from './records.js';

/** How a person reacts to the first alert of a Challenge. What is left of the probabilities is ignored. */
export interface Habits {
  readonly attentionDelaySeconds: number;
  readonly approveProbability: number;
  readonly denyProbability: number;
}

/**
 * The people behind the phones, where a test wants them to act by themselves. One decides once about each Challenge, on
 * its first alert, and answers when the attention delay has passed, if it is still pending then. Times are simulated ms.
 */
export class Users {
  private readonly habits = new Map<string, Habits>();
  private decided = new WeakSet<Challenge>();
  private planned: { readonly challenge: Challenge; readonly status: Answered; readonly at: number }[] = [];

  constructor(
    private readonly random: () => number,
    private readonly answer: (challenge: Challenge, status: Answered, at: number) => void,
  ) {}

  /** Whether anybody acts by themselves. */
  get present(): boolean {
    return this.habits.size > 0;
  }

  set(identity: string, habits: Habits): void {
    this.habits.set(identity, habits);
  }

  /** An alert made a sound. */
  notice(challenge: Challenge, at: number): void {
    const habits = this.habits.get(challenge.entity.identity);
    if (!habits || this.decided.has(challenge)) return;
    this.decided.add(challenge);
    const drawn = this.random();
    const { approveProbability, denyProbability, attentionDelaySeconds } = habits;
    if (drawn >= approveProbability + denyProbability) return;
    const status = drawn < approveProbability ? 'approved' : 'denied';
    this.planned.push({ challenge, status, at: at + attentionDelaySeconds * 1000 });
  }

  /** Gives every answer that is due by then, in the order they are due. */
  catchUp(now: number): void {
    const due = this.planned.filter(({ at }) => at <= now);
    if (due.length === 0) return;
    this.planned = this.planned.filter(({ at }) => at > now);
    for (const { challenge, status, at } of due.toSorted((one, other) => one.at - other.at)) {
      if (statusAt(challenge, at) === 'pending') this.answer(challenge, status, at);
    }
  }

  clear(): void {
    this.habits.clear();
    this.decided = new WeakSet();
    this.planned = [];
  }
}
