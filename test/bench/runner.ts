import type { Contender } from './contender.ts';
import type { Kind } from './kinds.ts';
import type { Upstream } from './upstream.ts';

/** A server under test. */
export interface Runner {
  readonly name: string;
  readonly process: Contender;
  readonly url: string;
  /** The kinds of request that it knows. */
  readonly kinds: readonly Kind[];
  /** A session for each identity. @returns the headers that carry it */
  readonly login: (identities: readonly string[]) => Promise<readonly Readonly<Record<string, string>>[]>;
}

/** What a server needs around it. */
export interface Places {
  readonly upstream: Upstream;
  readonly redisUrl: string;
  /** The port to listen on; a free one if absent. */
  readonly port?: number;
}

/** Starts a server; resolves when it listens. */
export type Start = (places: Places) => Promise<Runner>;

/** The baseline. */
export const BARE = 'bare';
/** The service of this checkout, the only one whose goals are told. */
export const OURS = 'Push Resend';
