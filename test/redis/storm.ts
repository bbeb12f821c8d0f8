import type { Ledger } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import { KEY_PREFIX, Presses, type Push } from './pressing.js';

/** Users that press again and again, each on several devices, while a test breaks things under them. */
export class Storm {
  readonly presses = new Presses();
  /** How often each answer was given. */
  readonly answers = new Map<string, number>();
  private readonly running: Promise<void>[] = [];
  private isOver = false;

  constructor(
    ledgers: readonly Ledger[],
    readonly users: readonly string[],
  ) {
    for (const ledger of ledgers) for (const user of users) this.running.push(this.pressOn(ledger, user));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.running);
  }

  /** Resends beyond the policy's only window. */
  extraOf(user: string, { userLimits }: ResendPolicy): number {
    return Math.max(0, this.presses.sentTo(user) - (userLimits[0]?.limit ?? 0));
  }

  extras(policy: ResendPolicy): number {
    return this.users.reduce((sum, user) => sum + this.extraOf(user, policy), 0);
  }

  private async pressOn(ledger: Ledger, user: string): Promise<void> {
    while (!this.isOver) {
      const answer = await this.presses.press(ledger, user);
      this.answers.set(answer, (this.answers.get(answer) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Those of the pushes that are not remembered any more. */
export async function forgotten(
  pushes: readonly Push[],
  read: (key: string) => Promise<Buffer | null>,
): Promise<Push[]> {
  const stored = new Map<string, Buffer | null>();
  for (const { identity } of pushes) {
    if (!stored.has(identity)) stored.set(identity, await read(`${KEY_PREFIX}{${identity}}`));
  }
  return pushes.filter(({ identity, id }) => !stored.get(identity)?.includes(id));
}

/** min(N, 1 + ⌊lost time / cooldown⌋): how many resends more than the limit a failover may let a user have. */
export function extraAllowed(lostMs: number, { cooldownsMs, userLimits }: ResendPolicy): number {
  return Math.min(userLimits[0]?.limit ?? 0, 1 + Math.floor(lostMs / (cooldownsMs[0] ?? 1)));
}
