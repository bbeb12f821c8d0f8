import type { Start } from './runner.ts';

/** What the sections of the benchmark share. */
export interface Bench {
  /** The servers under test, the baseline first. */
  readonly contenders: readonly Start[];
  /** The service of this checkout. */
  readonly ours: Start;
  readonly redisUrl: string;
  readonly redisPid: number;
}
