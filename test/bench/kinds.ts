import { randomBytes } from 'node:crypto';
import type { Expected, Shot } from './load.ts';

/** The kinds of request that are measured, each with the answer that shows that it was one. */
export const KINDS = {
  /** A tap that sends. */
  accepted: { status: 201 },
  /** The same tap with the same Idempotency-Key again. */
  replayed: { status: 201 },
  /** Another tap of the same user, too soon. */
  refused: { status: 429, body: /^(?!.*too.many.requests)/is },
  /** A tap of a session that is over its limit of raw taps. */
  throttled: { status: 429, body: /too.many.requests/i },
  /** The state of the button. */
  look: { status: 200 },
} as const satisfies Record<string, Expected>;

export type Kind = keyof typeof KINDS;

/** Raw taps that a session may make in a minute. A run makes half of them before it goes over the limit on purpose. */
export const SESSION_TAPS_PER_MINUTE = 20;

/** A user with a session, and the tap on a new Challenge of theirs. */
export interface User {
  readonly identity: string;
  readonly tap: Shot;
}

/** @param login makes a session for each identity, and returns the headers that carry it */
export async function newUsers(
  count: number,
  login: (identities: readonly string[]) => Promise<readonly Readonly<Record<string, string>>[]>,
): Promise<User[]> {
  const identities = Array.from({ length: count }, () => `user-${randomBytes(8).toString('hex')}`);
  const sessions = await login(identities);
  return identities.map((identity, index) => ({
    identity,
    tap: {
      method: 'POST',
      path: `/v1/challenges/YC${randomBytes(16).toString('hex')}/notifications`,
      // A different address and key for each user.
      headers: {
        ...sessions[index],
        'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}`,
        'idempotency-key': randomBytes(16).toString('hex'),
      },
    },
  }));
}

/** The shot of a kind. One that is over the limit is an ordinary tap: it takes more of them before. */
export function shotOf(kind: Kind, { tap }: User): Shot {
  const { path, headers } = tap;
  switch (kind) {
    case 'accepted':
    case 'replayed':
      return tap;
    case 'refused':
    case 'throttled': {
      const { 'idempotency-key': _, ...others } = headers;
      return { ...tap, headers: others };
    }
    case 'look':
      return { method: 'GET', path: path.replace('/notifications', ''), headers };
  }
}
