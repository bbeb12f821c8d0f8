import { expect } from 'vitest';
import type { ChallengeFact, Ended, Standing } from '@resend/ports.js';
import { answered, pending, User, webhook } from '../../support/ledger-user.js';
import { A, B, type Fact } from './fact.js';

type Status = 'approved' | 'denied';

/** Ways in which an answer is learnt, the first word of it first, and how long ago it was given by that word. */
const WAYS: [string, (status: Status) => readonly ChallengeFact[], number][] = [
  ['a webhook', (status) => [webhook(status)], 0],
  ['a webhook three times', (status) => [webhook(status), webhook(status), webhook(status)], 0],
  ['a fetch', (status) => [answered(status, 50)], 50],
  ['a fetch of an older answer', (status) => [answered(status, 150)], 150],
  ['a fetch twice', (status) => [answered(status, 50), answered(status, 50)], 50],
  ['a webhook and a fetch', (status) => [webhook(status), answered(status, 150)], 0],
  ['a fetch and a webhook', (status) => [answered(status, 150), webhook(status)], 150],
  ['a fetch and its contradiction', (status) => [answered(status, 50), webhook(other(status))], 50],
];
const MOMENTS = [
  'before the tap',
  'between tap and dispatch',
  'between dispatch and settling',
  'after settling',
] as const;

/** How a Challenge ended: told by the step that learnt it, and by no other. */
export function endings(fact: Fact): void {
  for (const [moment, when] of MOMENTS.entries()) {
    for (const status of ['approved', 'denied'] as const) {
      fact(`of a Challenge that is ${status} ${when}, the end is told once, and counts once`, async (world) => {
        for (const [way, words, agoMs] of WAYS) {
          const user = new User(world.ledger, world.clock, `somebody-of-${way}`);
          const { told, since, dispatchedAt } = await raced(user, world.clock, moment, words(status));
          const at = since - agoMs;
          const before = dispatchedAt.filter((one) => one <= at);
          const sinceLastMs = at - (before.at(-1) ?? NaN);
          expect(told, way).toEqual([{ status, resends: before.length, sinceLastMs }]);

          const later = await user.peek(B);
          if (status === 'approved') expect(later.windows[0]?.used, way).toBe(dispatchedAt.length - before.length);
          else
            expect(later.next, way).toMatchObject({
              code: 'held-after-denial',
              waitMs: at + 600_000 - world.clock.now,
            });
        }
      });
    }
  }

  for (const [what, expired] of [
    ['Twilio’s 60323', { kind: 'expired' }],
    ['a fetch', pending({ status: 'expired', remainingMs: -5000 })],
  ] as const) {
    fact(`the expiry that ${what} taught is told once, as of its time`, async ({ ann, bob, clock }) => {
      for (const user of [ann, bob]) await user.resend(A, { fact: pending({ remainingMs: 20_000 }) });
      clock.pass(19_000);
      // Twilio's clock may be ahead of what was counted down here.
      expect((await bob.learn(A, { kind: 'expired' })).ended).toMatchObject({ sinceLastMs: 19_000 });
      clock.pass(6000);
      expect((await ann.learn(A, expired)).ended).toEqual({ status: 'expired', resends: 1, sinceLastMs: 20_000 });
      for (const later of [expired, webhook('approved'), answered('denied')]) {
        expect(await ann.learn(A, later)).not.toHaveProperty('ended');
      }
    });
  }

  fact('an end of an hour ago may have been told before, and is not told', async ({ ann, bob, clock }) => {
    await ann.learn(A, answered('approved'));
    clock.pass(3_600_000);
    const late: ChallengeFact[] = [
      answered('approved', 3_600_000),
      pending({ status: 'expired', remainingMs: -3_600_000 }),
    ];
    for (const [number, one] of late.entries()) {
      for (const sid of [A, `YC-${number}`]) expect(await ann.learn(sid, one)).not.toHaveProperty('ended');
    }
    expect((await bob.learn(A, answered('approved', 3_599_999))).ended).toEqual({ status: 'approved', resends: 0 });
    const expired = pending({ status: 'expired', remainingMs: -3_599_999 });
    expect((await bob.learn(B, expired)).ended).toEqual({ status: 'expired', resends: 0 });
  });

  fact('nothing else that is learnt of a Challenge is an end', async ({ ann }) => {
    const facts: ChallengeFact[] = [
      pending(),
      pending({ remainingMs: 0 }),
      pending({ isPush: false }),
      { kind: 'exhausted' },
      { kind: 'not-push' },
      { kind: 'not-found' },
    ];
    for (const one of facts) expect(await ann.learn(A, one)).not.toHaveProperty('ended');
  });

  fact('a Challenge that ended without a resend says so, whatever was sent for others', async ({ ann }) => {
    await ann.resend(B);
    expect((await ann.learn(A, answered('approved'))).ended).toEqual({ status: 'approved', resends: 0 });
  });

  fact(
    'a resend that left in the very millisecond of the answer counts, one that left after it does not',
    async ({ ann, bob, clock }) => {
      for (const user of [ann, bob]) await user.leave(A);
      clock.pass(1000);
      expect((await ann.learn(A, answered('denied', 1000))).ended).toEqual({
        status: 'denied',
        resends: 1,
        sinceLastMs: 0,
      });
      expect((await bob.learn(A, answered('denied', 1001))).ended).toEqual({ status: 'denied', resends: 0 });
    },
  );

  fact('what may have gone out counts, what was given back does not', async ({ ann, clock }) => {
    await ann.settle(await ann.leave(A), A, 'notSent');
    await ann.settle(await ann.leave(A), A, 'unknown');
    clock.pass(60_000);
    await ann.leave(A);
    clock.pass(10_000);
    const { ended } = await ann.learn(A, answered('denied', 1000));
    expect(ended).toEqual({ status: 'denied', resends: 2, sinceLastMs: 9000 });
  });

  fact('a dispatch that is refused for the answer it taught tells the end, and had no part in it', async ({ ann }) => {
    const id = await ann.reserve(A);
    const { standing } = await ann.dispatch(id, A, answered('approved'));
    expect(standing.ended).toEqual({ status: 'approved', resends: 0 });
    expect((await ann.dispatch(id, A, answered('approved'))).standing).not.toHaveProperty('ended');
  });

  fact('a dispatch that was lost tells the end that it taught', async ({ ann }) => {
    const { kind, standing } = await ann.dispatch('r-never-made', A, answered('denied'));
    expect({ kind, ended: standing.ended }).toEqual({ kind: 'lost', ended: { status: 'denied', resends: 0 } });
  });

  fact(
    'a create that was refused as answered had no part in the end that its settling teaches',
    async ({ ann, clock }) => {
      await ann.resend(A);
      clock.pass(60_000);
      const id = await ann.leave(A);
      clock.pass(100);
      const { standing } = await ann.settle(id, A, 'notSent', answered('approved', 50));
      expect(standing.ended).toEqual({ status: 'approved', resends: 1, sinceLastMs: 60_050 });
      const again = await ann.settle(id, A, 'notSent', answered('approved', 50));
      expect(again).toMatchObject({ kind: 'ignored' });
      expect(again.standing).not.toHaveProperty('ended');
    },
  );

  fact('settling tells the end that it taught, even where there is nothing to settle', async ({ ann }) => {
    const { standing } = await ann.settle('r-never-made', A, 'notSent', { kind: 'expired' });
    expect(standing.ended).toEqual({ status: 'expired', resends: 0 });
  });
}

/** A second resend of A, with the answer learnt at one of its moments. Every step and every later question may tell. */
async function raced(
  user: User,
  clock: { now: number; pass(ms: number): void },
  moment: number,
  words: readonly ChallengeFact[],
) {
  const told: Ended[] = [];
  const hear = ({ ended }: Standing) => void (ended && told.push(ended));
  let since = 0;
  const learnAt = async (now: number) => {
    if (now !== moment) return;
    since = clock.now;
    for (const word of words) hear(await user.learn(A, word));
  };
  await user.resend(A);
  const dispatchedAt = [clock.now];
  clock.pass(60_000);
  await learnAt(0);
  const reserved = await user.tap(A, { id: `r-${user.identity}` });
  hear(reserved.standing);
  clock.pass(100);
  await learnAt(1);
  if (reserved.kind === 'granted') {
    const dispatched = await user.dispatch(`r-${user.identity}`, A);
    if (dispatched.kind === 'dispatched') dispatchedAt.push(dispatched.at);
    hear(dispatched.standing);
  }
  clock.pass(100);
  await learnAt(2);
  hear((await user.settle(`r-${user.identity}`, A, 'sent')).standing);
  clock.pass(100);
  await learnAt(3);
  for (const again of words) hear(await user.learn(A, again));
  hear(await user.peek(A));
  hear(await user.peek(A, words[0]));
  for (const { standing } of (await user.overview()).challenges) hear(standing);
  return { told, since, dispatchedAt };
}

function other(status: Status): Status {
  return status === 'approved' ? 'denied' : 'approved';
}
