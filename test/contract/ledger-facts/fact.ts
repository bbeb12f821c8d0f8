import type { ResendPolicy } from '@resend/policy.js';
import type { LedgerOnTestClock } from '../../support/ledger-on-test-clock.js';
import { User } from '../../support/ledger-user.js';

export interface Users {
  readonly ann: User;
  readonly bob: User;
}
export type Fact = (
  name: string,
  check: (given: LedgerOnTestClock & Users) => Promise<void>,
  policy?: Partial<ResendPolicy>,
) => void;

export function given<World extends LedgerOnTestClock>(world: World): World & Users {
  const user = (identity: string) => new User(world.ledger, world.clock, identity);
  return { ...world, ann: user('ann-00000000000000000a'), bob: user('bob-00000000000000000b') };
}

export const A = 'YC-a';
export const B = 'YC-b';
export const DAY_MS = 24 * 3_600_000;
