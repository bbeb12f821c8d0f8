import type { Start } from './runners.ts';

/** What the sections of the benchmark share. */
export interface Bench {
  /** The servers under test, the baseline first. */
  readonly contenders: readonly Start[];
  readonly redisUrl: string;
}
