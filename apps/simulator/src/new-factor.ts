import type { Factor } from './records.js';

/** What depends on the type of a new Factor. */
export interface NewFactor extends Pick<Factor, 'platform' | 'config' | 'publicKey'> {
  /** Shown only in the answer to its creation. */
  readonly binding: Readonly<Record<string, string>>;
}
