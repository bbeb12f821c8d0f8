import { AsyncLocalStorage } from 'node:async_hooks';

/** One press of the button, and what is seen of it from outside. */
export interface Tap {
  readonly number: number;
  readonly identity: string;
  readonly challengeSid: string;
  readonly idempotencyKey?: string;
  readonly ttlSeconds?: number;
  /** Nothing is slow or lost, so that it meets the boundary it is aimed at. */
  readonly isSmooth: boolean;
  /** Resends were paused when it was pressed. */
  isPaused?: boolean;
  /** Its process reads Twilio's answer to this so much later. */
  readonly dawdles?: { readonly over: 'fetch' | 'create'; readonly ms: number };
  /** What becomes of its create: Twilio refuses it as one too many at once, fails at it, or gets it at the last moment. */
  readonly create?: 'throttled' | 'server error' | 'late';
  /** Number of the process that serves it. */
  instance?: number;
  /** Its reservation. */
  id?: string;
  /** What the ledger refused it for, as it was heard. */
  refused?: { readonly code: string; readonly waitMs?: number };
  /** The story heard: go. */
  heardGo?: true;
  /** Twilio's SID of what it sent. */
  pushed?: string;
  /** It was told that nothing was sent. */
  toldNo?: string;
}

/** Whether these are messages of a dry run. */
export const rehearsing = new AsyncLocalStorage<true>();

/** Whose messages these are: kept by Node for as long as the story goes on. */
export const currentTap = new AsyncLocalStorage<Tap>();
