/**
 * Every interleaving of an answer on the phone with those that may learn of it: a tap, a screen that looks, a delivery of
 * the webhook, while Twilio's record may lag behind, and one of them may crash. The ledger is the real rules; the steps
 * towards it are those of the story.
 */
import type { ChallengeFact, Ended, Standing } from '@resend/ports.js';
import type { ResendPolicy } from '@resend/policy.js';
import * as rules from '@ledger/rules.js';
import { type Found, type Next, search } from './search.js';

type Status = 'approved' | 'denied';

/** Two or three at once: every one more makes it many times as large. */
export type Cast = readonly ('a tap' | 'a screen' | 'a webhook')[];

/** One of them, as far as they have come. */
interface Worker {
  readonly is: Cast[number];
  readonly stage: string;
  /** What Twilio told: that nobody has answered, or how long ago. */
  readonly fetched?: 'pending' | number;
  /** When its resend left, until it is given back. */
  readonly left?: number;
  readonly crashed?: true;
}

interface State {
  readonly now: number;
  readonly ledger: rules.UserState;
  readonly workers: readonly Worker[];
  readonly answeredAt?: number;
  readonly told: readonly { readonly ended: Ended; readonly due: number }[];
  /** How often the answer took effect: on the windows or on the hold. */
  readonly effects: number;
  readonly wrong?: string;
}

interface Given {
  readonly status: Status;
  readonly policy: ResendPolicy;
  readonly learn: typeof rules.learn;
}

const SID = 'YC';
const TICKS = 3;
const LAG_MS = 1;
const BEGINNINGS = { 'a tap': 'reserve', 'a screen': 'look', 'a webhook': 'learn word' } as const;

/** @param learn the rule, or one with a defect */
export function exploreAnswer(cast: Cast, status: Status, policy: ResendPolicy, learn = rules.learn): Found {
  return search<State>({
    first: {
      now: 1_000_000,
      ledger: rules.NOTHING,
      workers: cast.map((is) => ({ is, stage: BEGINNINGS[is] })),
      told: [],
      effects: 0,
    },
    steps: (state) => steps(state, { status, policy, learn }),
    notHeld: (state) => notHeld(state, status),
  });
}

function* steps(state: State, given: Given): Generator<Next<State>> {
  if (state.now < 1_000_000 + TICKS) yield ['a tick passes', { ...state, now: state.now + 1 }];
  if (state.answeredAt === undefined) yield [`the user: ${given.status}`, { ...state, answeredAt: state.now }];
  for (const [index, worker] of state.workers.entries()) {
    const isTooEarly = worker.is === 'a webhook' && state.answeredAt === undefined;
    // Of two that are alike, one goes first.
    const isTwin = index > 0 && worker.is === state.workers[index - 1]?.is && isUntouched(state.workers[index - 1]);
    if (worker.stage === 'over' || isTooEarly || (isTwin && isUntouched(worker))) continue;
    const whose = `${worker.is} (${index + 1})`;
    if (!state.workers.some(({ crashed }) => crashed)) {
      yield [`${whose} crashes`, withWorker(state, index, { stage: 'over', crashed: true })];
    }
    if (worker.stage === 'fetch') {
      for (const fetched of whatTwilioMayTell(state)) {
        const stage = worker.is === 'a tap' ? 'dispatch' : 'learn fact';
        yield [`${whose}: fetch → ${fetched}`, withWorker(state, index, { stage, fetched })];
      }
    } else yield [`${whose}: ${worker.stage}`, stepOf(state, index, worker, given)];
  }
}

/** One message to the ledger, or to Twilio. */
function stepOf(state: State, index: number, worker: Worker, { status, policy, learn }: Given): State {
  const { ledger, now } = state;
  const id = `worker ${index}`;
  const fact = factOf(worker.fetched, status);
  const word: ChallengeFact = { kind: 'responded', status };
  const go = (stage: string, after: rules.UserState = ledger, change: Partial<Worker> = {}): State =>
    withEffect(withWorker(state, index, { stage, ...change }), after);
  switch (worker.stage) {
    case 'reserve': {
      const step = rules.reserve(ledger, { id, challengeSid: SID }, now, policy);
      return go(step.answer.kind === 'granted' ? 'fetch' : 'over', step.state);
    }
    case 'dispatch': {
      const { state: after, answer } = rules.dispatch(ledger, { id, challengeSid: SID, fact }, now, policy);
      const isWrong = answer.kind === 'dispatched' && isKnownAs(ledger, status);
      const isGone = answer.kind === 'dispatched';
      const next = go(isGone ? 'post' : 'over', after, isGone ? { left: now } : {});
      const wrong = isWrong ? { ...next, wrong: 'I8: dispatched for a Challenge known to be over' } : next;
      return withTold(wrong, state, answer.standing, endBy(worker.fetched, now));
    }
    case 'post':
      return withWorker(state, index, { stage: state.answeredAt === undefined ? 'settle sent' : 'fetch why' });
    case 'fetch why':
      return withWorker(state, index, { stage: 'settle notSent', fetched: now - (state.answeredAt ?? now) });
    case 'settle sent': {
      const settlement = { outcome: 'sent', sid: 'NT', ttlSeconds: 0 } as const;
      return go('over', rules.settle(ledger, { id, challengeSid: SID, settlement }, now, policy).state);
    }
    case 'settle notSent': {
      const settlement = { outcome: 'notSent' } as const;
      const step = rules.settle(ledger, { id, challengeSid: SID, settlement, fact }, now, policy);
      const { left: _returned, ...rest } = worker;
      const returned = { ...state, workers: state.workers.map((one, at) => (at === index ? rest : one)) };
      const next = withEffect(withWorker(returned, index, { stage: 'over' }), step.state);
      return withTold(next, returned, step.answer.standing, endBy(worker.fetched, now));
    }
    case 'look': {
      const step = rules.look(ledger, { challengeSid: SID }, now, policy);
      return go(step.answer.kind === 'ask' ? 'fetch' : 'over', step.state);
    }
    case 'learn word':
    case 'learn word at last': {
      const step = learn(ledger, { challengeSid: SID, fact: word }, now, policy);
      const isHeard = step.answer.challenge !== undefined;
      const next = go(isHeard || worker.stage === 'learn word at last' ? 'over' : 'fetch', step.state);
      const isOutOfNowhere = !ledger.challenges.some((one) => one.status !== undefined && one.status !== 'not-found');
      const wrong = isOutOfNowhere === isHeard ? { ...next, wrong: 'I14: a webhook out of nowhere taught' } : next;
      return withTold(wrong, state, step.answer, now);
    }
    case 'learn fact': {
      const step = learn(ledger, { challengeSid: SID, fact }, now, policy);
      const isBehind = worker.is === 'a webhook' && worker.fetched === 'pending';
      const next = go(isBehind ? 'learn word at last' : 'over', step.state);
      return withTold(next, state, step.answer, endBy(worker.fetched, now));
    }
    default:
      throw new Error(`no stage ${worker.stage}`);
  }
}

/** Its record may lag behind the phone. */
function whatTwilioMayTell({ answeredAt, now }: State): ('pending' | number)[] {
  if (answeredAt === undefined) return ['pending'];
  return now - answeredAt <= LAG_MS ? ['pending', now - answeredAt] : [now - answeredAt];
}

function factOf(fetched: Worker['fetched'], status: Status): ChallengeFact {
  const fact = { kind: 'fetched', isPush: true, ageMs: 60_000, remainingMs: 540_000 } as const;
  if (fetched === undefined || fetched === 'pending') return { ...fact, status: 'pending' };
  return { ...fact, status, respondedAgoMs: fetched };
}

function endBy(fetched: Worker['fetched'], now: number): number {
  return typeof fetched === 'number' ? now - fetched : now;
}

/** Notes an end that was told, and how many resends had left by then that were not given back. */
function withTold(state: State, before: State, { ended }: Standing, at: number): State {
  if (!ended) return state;
  const due = before.workers.filter(({ left }) => left !== undefined && left <= at).length;
  return { ...state, told: [...state.told, { ended, due }] };
}

function withEffect(state: State, after: rules.UserState): State {
  const { ledger } = state;
  const wasCleared = (id: string) => ledger.resends.some((resend) => resend.id === id && resend.cleared);
  const isClearing = after.resends.some(({ id, cleared }) => cleared === true && !wasCleared(id));
  const isEffect = isClearing || after.denied !== ledger.denied;
  return { ...state, ledger: after, effects: state.effects + (isEffect ? 1 : 0) };
}

function isKnownAs({ challenges }: rules.UserState, status: Status): boolean {
  return challenges.some((challenge) => challenge.status === status);
}

function* notHeld({ told, effects, wrong, workers, ledger }: State, status: Status): Generator<string> {
  if (wrong !== undefined) yield wrong;
  if (effects > 1) yield 'I14: took effect twice';
  if (told.length > 1) yield 'I15: told twice';
  if (told.some(({ ended, due }) => ended.resends !== due)) yield 'I15: counted wrong';
  if (isKnownAs(ledger, status) !== told.length > 0) yield 'I15: known and not told, or told and not known';
  const isDone = workers.some(({ is, stage, crashed }) => is === 'a webhook' && stage === 'over' && !crashed);
  if (isDone && !isKnownAs(ledger, status)) yield 'I14: a webhook that taught nothing in the end';
}

function isUntouched(worker: Worker | undefined): boolean {
  return worker !== undefined && worker.stage === BEGINNINGS[worker.is];
}

function withWorker(state: State, index: number, change: Partial<Worker>): State {
  const changed = (one: Worker): Worker => {
    const { fetched, ...rest } = { ...one, ...change };
    return rest.stage === 'over' || fetched === undefined ? rest : { ...rest, fetched };
  };
  return { ...state, workers: state.workers.map((one, at) => (at === index ? changed(one) : one)) };
}
