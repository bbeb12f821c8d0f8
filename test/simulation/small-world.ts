/**
 * Every interleaving of the protocol in a small world: one user, one Challenge, two taps in two instances, each step
 * of each one message to the ledger or to Twilio. At any moment one of them may crash, one message may be lost, a
 * lease may run out, and one failover may lose the ledger's last write. The ledger is the real rules.
 */
import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import type { ChallengeFact } from '@resend/ports.js';
import * as rules from '@ledger/rules.js';
import { type Found, type Next, search } from './search.js';

export interface SmallWorld {
  readonly policy: ResendPolicy;
  /** A dispatch is answered when every replica has it and all before it: no failover loses it then. */
  readonly waitsForReplicas: boolean;
  readonly hasFailover: boolean;
  /** What an instance does with a lease that was lost: nothing, unless it has a defect. */
  readonly sendsOnLostLease?: boolean;
}

type Stage = 'reserve' | 'dispatch' | 'post' | 'settle sent' | 'settle notSent' | 'settle unknown' | 'over';

interface Instance {
  readonly stage: Stage;
  /** What the ledger answered when it dispatched; the create leaves before this plus the time to leave. */
  readonly at?: number;
  readonly posts: number;
}

interface State {
  readonly now: number;
  readonly ledger: rules.UserState;
  /** The ledger before its last write, for a failover to go back to. */
  readonly before: rules.UserState;
  readonly instances: readonly Instance[];
  /** Pushes at Twilio: of which instance, dispatched when. */
  readonly pushes: readonly { readonly by: number; readonly at: number }[];
  /** Resends given back for each instance. */
  readonly returned: readonly number[];
  readonly crashes: number;
  readonly losses: number;
  readonly failovers: number;
}

export interface Explored extends Found {
  /** Pushes more than the policy allows, at most. */
  readonly extra: number;
}

const SID = 'YC';
const DEADLINES: Pick<Deadlines, 'dispatchToSendMs'> = { dispatchToSendMs: 1 };
const PENDING: ChallengeFact = {
  kind: 'fetched',
  status: 'pending',
  isPush: true,
  ageMs: 60_000,
  remainingMs: 540_000,
};
/** Ticks of a millisecond in which everything can happen. */
const TICKS = 6;

export function explore(world: SmallWorld): Explored {
  const first: State = {
    now: 1_000_000,
    ledger: rules.NOTHING,
    before: rules.NOTHING,
    instances: [
      { stage: 'reserve', posts: 0 },
      { stage: 'reserve', posts: 0 },
    ],
    pushes: [],
    returned: [0, 0],
    crashes: 0,
    losses: 0,
    failovers: 0,
  };
  let extra = 0;
  const found = search<State>({
    first,
    steps: (state) => steps(state, world),
    notHeld: (state) => {
      extra = Math.max(extra, state.pushes.length - world.policy.maxPerChallenge);
      return notHeld(state, world);
    },
  });
  return { ...found, extra };
}

/** Everything that can happen next. */
function* steps(state: State, world: SmallWorld): Generator<Next<State>> {
  if (state.now < 1_000_000 + TICKS) yield ['a tick passes', { ...state, now: state.now + 1 }];
  if (world.hasFailover && state.failovers === 0) {
    yield ['a failover loses the last write', { ...state, ledger: state.before, failovers: 1 }];
  }
  for (const [index, instance] of state.instances.entries()) {
    if (instance.stage === 'over') continue;
    const whose = `instance ${index + 1}`;
    if (state.crashes === 0)
      yield [`${whose} crashes`, { ...withInstance(state, index, { stage: 'over' }), crashes: 1 }];
    for (const isLost of state.losses === 0 ? [false, true] : [false]) {
      const lost = isLost ? ', and the reply is lost' : '';
      const next = stepOf(state, index, instance, isLost, world);
      yield [`${whose}: ${instance.stage}${lost}`, isLost ? { ...next, losses: 1 } : next];
      if (isLost) {
        const unheard = withInstance(state, index, { stage: afterLoss(instance.stage) });
        yield [`${whose}: ${instance.stage}, which is lost on the way`, { ...unheard, losses: 1 }];
      }
    }
  }
}

/** What the story does when it hears nothing: it never sends on what it did not hear. */
function afterLoss(stage: Stage): Stage {
  if (stage === 'dispatch') return 'settle notSent';
  if (stage === 'post') return 'settle unknown';
  return 'over';
}

/** One message of the story, by way of the real rules. */
function stepOf(state: State, index: number, instance: Instance, isLost: boolean, world: SmallWorld): State {
  const { now, ledger } = state;
  const { policy } = world;
  const id = `instance ${index + 1}`;
  const write = (after: rules.UserState, stage: Stage, at?: number): State => ({
    ...withInstance(state, index, {
      stage: isLost ? afterLoss(instance.stage) : stage,
      ...(at !== undefined && { at }),
    }),
    ledger: after,
    before: world.waitsForReplicas && instance.stage === 'dispatch' ? after : ledger,
  });
  switch (instance.stage) {
    case 'reserve': {
      const step = rules.reserve(ledger, { id, challengeSid: SID }, now, policy);
      return write(step.state, step.answer.kind === 'granted' ? 'dispatch' : 'over');
    }
    case 'dispatch': {
      const step = rules.dispatch(ledger, { id, challengeSid: SID, fact: PENDING }, now, policy);
      if (step.answer.kind === 'dispatched') return write(step.state, 'post', step.answer.at);
      if (step.answer.kind === 'lost' && world.sendsOnLostLease === true) return write(step.state, 'post', now);
      return write(step.state, 'over');
    }
    case 'post': {
      const { at = now } = instance;
      if (now > at + DEADLINES.dispatchToSendMs) return withInstance(state, index, { stage: 'settle notSent' });
      const posted = withInstance(state, index, {
        stage: isLost ? 'settle unknown' : 'settle sent',
        posts: instance.posts + 1,
      });
      return { ...posted, pushes: [...state.pushes, { by: index, at }] };
    }
    case 'settle sent':
    case 'settle notSent':
    case 'settle unknown': {
      const outcome = instance.stage.slice('settle '.length) as 'sent' | 'notSent' | 'unknown';
      const settlement = outcome === 'sent' ? { outcome, sid: `NT ${index}`, ttlSeconds: 0 } : { outcome };
      const step = rules.settle(ledger, { id, challengeSid: SID, settlement }, now, policy);
      const isReturned = ledger.resends.length > step.state.resends.length && step.answer.kind === 'settled';
      const returned = state.returned.map((count, at) => count + (isReturned && at === index ? 1 : 0));
      return { ...write(step.state, 'over'), returned };
    }
    case 'over':
      return state;
  }
}

/** I1 and I3 as one: in this world they bound the same pushes. */
function* notHeld(
  { pushes, returned, instances, ledger, now, failovers }: State,
  world: SmallWorld,
): Generator<string> {
  const { policy } = world;
  const [limit] = policy.userLimits;
  if (pushes.length > policy.maxPerChallenge) yield 'I3';
  if (limit && pushes.length > limit.limit) yield 'I1';
  const isLossless = failovers === 0 || world.waitsForReplicas;
  if (isLossless && pushes.some(({ by }) => (returned[by] ?? 0) > 0)) yield 'I4: gave back what went out';
  if (returned.some((count) => count > 1)) yield 'I4: gave back twice';
  if (instances.some(({ posts }) => posts > 1)) yield 'I13: two creates';
  const underWay = ledger.resends.filter(({ state, until = 0 }) => state === 'dispatched' && now < until);
  if (underWay.length > 1) yield 'I13: two under way';
  const counted = (by: number) =>
    ledger.resends.some(({ id, state }) => id === `instance ${by + 1}` && state !== 'reserved');
  if (isLossless && pushes.some(({ by }) => !counted(by))) yield 'I13: a create without a live dispatch';
}

function withInstance(state: State, index: number, change: Partial<Instance>): State {
  const instances = state.instances.map((one, at) => (at === index ? { ...one, ...change } : one));
  return { ...state, instances };
}
