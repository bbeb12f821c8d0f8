/**
 * Random histories of a few users, played on the ledger in Redis and on the one in process side by side. Every answer
 * must be the same, and hold against what this file writes down for itself: it knows what was answered, what Twilio
 * would say, and how much time really passed, however often the ledger's clock was set back. It never looks at what
 * the ledger remembers.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { ChallengeFact, Ledger, Settlement, Standing } from '@resend/ports.js';
import { cooldownAfter, type ResendPolicy } from '@resend/policy.js';
import { InProcessLedger } from '@ledger/in-process-ledger.js';
import type { RedisLedgerOnTestClock } from './ledger-on-test-clock.js';
import { asked, type End, type Heard, hear, isGuess, recalled, teaches, toldOf } from './heard.js';
import { newId, sidOf, webhook } from './ledger-user.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USERS = 3;
/** Of a user's Challenges, those from this one on do not exist at Twilio. */
const FIRST_GHOST = 8;
const CHALLENGES = 20;
/** So many Challenges a ledger may remember of a user; of more it forgets some. */
const MAX_REMEMBERED = 32;

type Outcome = Settlement['outcome'];
export type Step =
  | { do: 'tap'; user: number; challenge: number; key?: number; otherRequest: boolean; watched: boolean }
  /** The same reservation again, or a new one under the same key. */
  | { do: 'tap again'; user: number; which: number; anew: boolean }
  | { do: 'dispatch'; user: number; which: number; stale: boolean }
  | { do: 'settle'; user: number; which: number; outcome: Outcome; tells: 'nothing' | 'exhausted' | 'answer' }
  /** From tap to settling at once, or as if Twilio took its time; the patient wait first for as long as they are told. */
  | {
      do: 'resend';
      user: number;
      challenge: number;
      key?: number;
      /** `answered`: the user was faster, so that Twilio refuses the create. */
      outcome: Outcome | 'crash' | 'answered';
      patient: boolean;
      slow: boolean;
    }
  | { do: 'ask'; user: number; challenge: number; answers: boolean }
  /** Looks at many Challenges at once that do not exist, of which Twilio answers the first few. */
  | { do: 'guess'; user: number; first: number; count: number; answers: number }
  | { do: 'peek'; user: number; challenge: number }
  /** A dry run, and then perhaps the real one. */
  | { do: 'suppose'; user: number; challenge: number; webhook: boolean; learn: boolean }
  | { do: 'overview'; user: number }
  /** `story`: a webhook as the story learns from it, which can be faster than Twilio's own record. */
  | {
      do: 'respond';
      user: number;
      challenge: number;
      status: 'approved' | 'denied';
      told: 'webhook' | 'fetch' | 'story' | 'fast story' | 'not';
    }
  /** A webhook of before, hours late or a moment. */
  | { do: 'webhook again'; user: number; which: number }
  | { do: 'reset'; user: number }
  | { do: 'block'; user: number; ms: number }
  | { do: 'unblock'; user: number }
  | { do: 'pass'; ms: number }
  /** To the end of the last wait that was told, or of the last lease. */
  | { do: 'pass to'; user: number; end: 'wait' | 'lease'; offset: number }
  | { do: 'set back'; ms: number };

/** Steps whose times lie mostly on the policy's boundaries, or a millisecond beside them. */
export function steps(policy: ResendPolicy, maxLength: number): fc.Arbitrary<Step[]> {
  const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>) =>
    fc.oneof({ arbitrary: usual, weight: 4 }, { arbitrary: other, weight: 1 });
  const user = mostly(fc.constant(0), fc.integer({ min: 1, max: USERS - 1 }));
  const real = fc.integer({ min: 0, max: FIRST_GHOST - 1 });
  const challenge = mostly(real, fc.integer({ min: FIRST_GHOST, max: CHALLENGES - 1 }));
  const which = mostly(fc.constant(0), fc.integer({ min: 1, max: 4 }));
  const key = mostly(fc.constant(undefined), fc.integer({ min: 0, max: 1 }));
  const sometimes = mostly(fc.constant(false), fc.constant(true));
  const outcome = mostly(fc.constant<Outcome>('sent'), fc.constantFrom<Outcome>('notSent', 'unknown'));
  const offset = fc.constantFrom(-1, 0, 0, 1);
  const beside = (...boundaries: readonly number[]) =>
    fc.tuple(fc.constantFrom(...boundaries), offset).map(([boundary, by]) => Math.max(0, boundary + by));
  const seconds = beside(...policy.cooldownsMs, policy.coalesceMs, policy.leaseMs, policy.challengeCacheMs, 30_000);
  const minutes = beside(
    ...policy.userLimits.map(({ windowMs }) => windowMs),
    policy.denyHoldMs,
    policy.maxChallengeAgeMs,
    HOUR_MS,
  );

  const weighted = (weight: number, name: Step['do'], fields: Record<string, fc.Arbitrary<unknown>>) => ({
    weight,
    arbitrary: fc.record({ do: fc.constant(name), ...fields }) as fc.Arbitrary<unknown> as fc.Arbitrary<Step>,
  });
  const step = fc.oneof(
    weighted(20, 'resend', {
      user,
      challenge: real,
      key,
      outcome: mostly(outcome, fc.constantFrom('crash', 'answered')),
      patient: mostly(fc.constant(true), fc.constant(false)),
      slow: sometimes,
    }),
    weighted(10, 'tap', { user, challenge, key, otherRequest: sometimes, watched: sometimes }),
    weighted(3, 'tap again', { user, which, anew: fc.boolean() }),
    weighted(8, 'dispatch', { user, which, stale: fc.boolean() }),
    weighted(8, 'settle', {
      user,
      which,
      outcome,
      tells: mostly(fc.constant('nothing'), fc.constantFrom('exhausted', 'answer')),
    }),
    weighted(3, 'ask', { user, challenge, answers: mostly(fc.constant(true), fc.constant(false)) }),
    weighted(1, 'guess', {
      user,
      first: fc.integer({ min: FIRST_GHOST, max: CHALLENGES - 1 }),
      count: fc.integer({ min: 1, max: CHALLENGES - FIRST_GHOST }),
      answers: fc.integer({ min: 0, max: 4 }),
    }),
    weighted(2, 'peek', { user, challenge }),
    weighted(2, 'suppose', { user, challenge, webhook: sometimes, learn: fc.boolean() }),
    weighted(2, 'overview', { user }),
    weighted(4, 'respond', {
      user,
      challenge: real,
      status: fc.constantFrom('approved', 'approved', 'denied'),
      told: fc.constantFrom('webhook', 'fetch', 'story', 'fast story', 'not'),
    }),
    weighted(3, 'webhook again', { user, which }),
    weighted(1, 'reset', { user }),
    weighted(1, 'block', { user, ms: seconds.map((ms) => ms + 1) }),
    weighted(1, 'unblock', { user }),
    weighted(4, 'pass', { ms: seconds }),
    weighted(1, 'pass', { ms: minutes }),
    weighted(4, 'pass', { ms: fc.integer({ min: 1, max: 3000 }) }),
    weighted(8, 'pass to', { user, end: mostly(fc.constant('wait'), fc.constant('lease')), offset }),
    weighted(1, 'set back', { ms: mostly(seconds, minutes) }),
  );
  return fc.array(step, { minLength: 1, maxLength, size: 'max' });
}

/** What Twilio knows of a Challenge. All times of this file are real ones. */
interface Challenge {
  readonly sid: string;
  readonly isPush: boolean;
  readonly created: number;
  readonly expires: number;
  response?: { readonly status: 'approved' | 'denied'; readonly at: number };
}

interface Push {
  readonly id: string;
  readonly challenge: Challenge | { readonly sid: string };
  readonly key?: Key;
  reservedAt: number;
  state: 'reserved' | 'dispatched' | 'sent' | 'unknown' | 'returned';
  /** When it was reserved, then when it was dispatched. */
  at: number;
  stamp?: number;
  /** The how-manieth dispatch it was. */
  turn?: number;
  settledAt?: number;
  /** No approval and no reset since. */
  counted: boolean;
}
interface Key {
  readonly hash: string;
  readonly request: string;
}

/** What is written down of one user. */
interface Person {
  readonly identity: string;
  readonly inProcess: Ledger;
  readonly challenges: Map<number, Challenge>;
  readonly pushes: Push[];
  /** Key hash → what it was given to. */
  readonly bound: Map<string, { readonly push: Push; readonly request: string }>;
  /** Those that the user has answered on the phone. */
  readonly responded: Challenge[];
  readonly heard: Heard;
  /** Challenges the ledger was told the answer of. */
  readonly answered: Map<string, 'approved' | 'denied'>;
  /** Those whose end was told. */
  readonly ended: Set<string>;
  heldUntil: number;
  blockedUntil: number;
  /** The earliest end told of each Challenge's wait, since something last happened to this user. */
  readonly told: Map<string, { readonly code: string; readonly end: number }>;
  lastTold: number;
}

const TIMED = ['held-after-denial', 'user-limit', 'cooling-down'];

let histories = 0;

export class History {
  /** Real milliseconds since the beginning. */
  private time = 0;
  private wasSetBack = false;
  private turns = 0;
  private readonly people: Person[] = [];
  private generation = 0;

  constructor(private readonly world: RedisLedgerOnTestClock) {
    histories += 1;
    for (let number = 0; number < USERS; number++) {
      this.people.push({
        identity: `user-${number}-of-${histories}`,
        // One for each user, who know nothing of each other: that Redis answers the same is I12.
        inProcess: new InProcessLedger(world.policy, () => world.clock.now),
        challenges: new Map(),
        pushes: [],
        bound: new Map(),
        responded: [],
        heard: new Map(),
        answered: new Map(),
        ended: new Set(),
        heldUntil: -Infinity,
        blockedUntil: -Infinity,
        told: new Map(),
        lastTold: 0,
      });
    }
  }

  private async play(step: Step): Promise<void> {
    switch (step.do) {
      case 'pass':
        return this.pass(step.ms);
      case 'set back':
        this.world.clock.pass(-step.ms);
        this.wasSetBack = true;
        for (const { told } of this.people) told.clear();
        return;
      default:
    }
    const person = this.people[step.user];
    if (!person) throw new Error('nobody');
    switch (step.do) {
      case 'tap': {
        const { sid } = this.challengeOf(person, step.challenge);
        const request = step.otherRequest ? 'another request' : sid;
        const key = step.key === undefined ? undefined : { hash: `key-${step.challenge % 4}-${step.key}`, request };
        await this.tap(person, this.challengeOf(person, step.challenge), key, step.watched);
        return;
      }
      case 'tap again': {
        const push = person.pushes.at(-1 - step.which);
        if (push && step.anew) await this.tap(person, push.challenge, push.key, false);
        else if (push?.state === 'reserved') await this.reserve(person, push.challenge, push.id, push.key);
        return;
      }
      case 'dispatch': {
        const push = person.pushes.at(-1 - step.which);
        if (push) await this.dispatch(person, push, step.stale);
        return;
      }
      case 'settle': {
        const push = person.pushes.at(-1 - step.which);
        if (push) await this.settle(person, push, step.outcome, step.tells);
        return;
      }
      case 'resend': {
        const { sid } = this.challengeOf(person, step.challenge);
        if (step.patient) {
          const { next } = await this.both(person, (ledger) => ledger.peek(person.identity, sid));
          if ('waitMs' in next) this.pass(next.waitMs ?? 0);
        }
        const challenge = this.challengeOf(person, step.challenge);
        const hash = `key-${step.challenge % 4}-${step.key}`;
        const key = step.key === undefined ? undefined : { hash, request: challenge.sid };
        const push = await this.tap(person, challenge, key, false);
        if (!push) return;
        if (step.slow) this.pass(400);
        if (!(await this.dispatch(person, push, false))) return;
        if (step.slow) this.pass(700);
        if (step.outcome === 'answered') {
          if ('created' in challenge) this.respond(person, challenge, step.challenge % 2 === 0 ? 'approved' : 'denied');
          await this.settle(person, push, 'notSent', 'answer');
        } else if (step.outcome !== 'crash') await this.settle(person, push, step.outcome, 'nothing');
        return;
      }
      case 'ask': {
        const challenge = this.challengeOf(person, step.challenge);
        const isAsking = await this.look(person, challenge);
        if (isAsking && step.answers) await this.learn(person, challenge, this.fetch(challenge));
        return;
      }
      case 'guess': {
        const ghosts = CHALLENGES - FIRST_GHOST;
        const asking = [];
        for (let number = step.first; number < step.first + step.count; number++) {
          const ghost = this.challengeOf(person, FIRST_GHOST + (number % ghosts));
          if (await this.look(person, ghost)) asking.push(ghost);
        }
        for (const ghost of asking.slice(0, step.answers)) await this.learn(person, ghost, this.fetch(ghost));
        return;
      }
      case 'peek': {
        const { sid } = this.challengeOf(person, step.challenge);
        this.hold(person, sid, await this.both(person, (ledger) => ledger.peek(person.identity, sid)));
        return;
      }
      case 'suppose': {
        const challenge = this.challengeOf(person, step.challenge);
        const isWebhook = step.webhook && 'created' in challenge && challenge.response !== undefined;
        return this.suppose(person, challenge, isWebhook ? wordOf(challenge) : this.fetch(challenge), step.learn);
      }
      case 'overview':
        return this.overview(person);
      case 'respond': {
        const challenge = this.challengeOf(person, step.challenge);
        if (!('created' in challenge)) return;
        this.respond(person, challenge, step.status);
        if (!challenge.response || step.told === 'not') return;
        if (step.told === 'fetch') await this.learn(person, challenge, this.fetch(challenge));
        else if (step.told === 'webhook') await this.learn(person, challenge, wordOf(challenge));
        else await this.answered(person, challenge, step.told === 'fast story');
        return;
      }
      case 'webhook again': {
        const challenge = person.responded.at(-1 - step.which);
        if (challenge) await this.learn(person, challenge, wordOf(challenge));
        return;
      }
      case 'reset':
        await this.both(person, (ledger) => ledger.reset(person.identity));
        for (const push of person.pushes) push.counted = false;
        person.heldUntil = -Infinity;
        person.told.clear();
        return;
      case 'block':
        await this.both(person, (ledger) => ledger.block(person.identity, step.ms));
        person.blockedUntil = this.time + step.ms;
        person.told.clear();
        return;
      case 'unblock':
        await this.both(person, (ledger) => ledger.unblock(person.identity));
        person.blockedUntil = -Infinity;
        person.told.clear();
        return;
      case 'pass to': {
        const lastAt = person.pushes.at(-1)?.at ?? this.time;
        const end = step.end === 'wait' ? person.lastTold : lastAt + this.world.policy.leaseMs;
        return this.pass(Math.max(0, end + step.offset - this.time));
      }
    }
  }

  /** Plays all of it, lets everybody wait until they may tap again, and leaves nothing behind. */
  async playAll(history: readonly Step[]): Promise<void> {
    try {
      for (const step of history) await this.play(step);
      await this.waitOut();
    } finally {
      const names = await this.world.keys();
      if (names.length > 0) await this.world.redis.unlink(...names);
    }
  }

  /** I9, I11: whatever happened, waiting as long as told is enough, and a millisecond less is not. */
  private async waitOut(): Promise<void> {
    for (const person of this.people) {
      const sid = `YC-last-of-${person.identity}`;
      for (let round = 0; ; round++) {
        const { next } = await this.both(person, (ledger) => ledger.peek(person.identity, sid));
        if (next.code === 'ready') break;
        check(round < 8 && next.waitMs !== undefined, 'I9', `stuck: ${JSON.stringify(next)}`);
        this.pass((next.waitMs ?? 0) - 1);
        const { next: early } = await this.both(person, (ledger) => ledger.peek(person.identity, sid));
        const isExact = next.code === 'resend-in-progress' || ('waitMs' in early && early.waitMs === 1);
        check(
          isExact,
          'I11',
          `told ${JSON.stringify(next)}, and a millisecond before its end ${JSON.stringify(early)}`,
        );
        this.pass(1);
      }
    }
  }

  private pass(ms: number): void {
    this.time += ms;
    this.world.clock.pass(ms);
  }

  /** Asks both ledgers. */
  private async both<Answer>(person: Person, ask: (ledger: Ledger) => Promise<Answer>): Promise<Answer> {
    const inRedis = plain(await ask(this.world.ledger));
    const inProcess = plain(await ask(person.inProcess));
    const isReset = inRedis === undefined && inProcess === undefined;
    if (!isReset && !isDeepStrictEqual(inRedis, inProcess)) {
      throw new Error(`in Redis: ${JSON.stringify(inRedis)}\nin process: ${JSON.stringify(inProcess)}`);
    }
    return inRedis;
  }

  /** A Challenge by its number: a new one some minutes after the last of that number was over. */
  private challengeOf(person: Person, number: number): Challenge | { readonly sid: string } {
    if (number >= FIRST_GHOST) return { sid: `YC-${person.identity}-ghost-${number}` };
    const known = person.challenges.get(number);
    const overAt = known && Math.min(known.expires, known.response?.at ?? Infinity);
    if (known && overAt !== undefined && this.time < overAt + 60_000 * (1 + (number % 4))) return known;
    const ages = [60_000, 0, 29_999, 300_000, 30_000, 599_000, 60_000, 1000];
    const lives = [600_000, HOUR_MS, 300_000, 600_000, 120_000, 1_200_000, HOUR_MS, 600_000];
    const created = this.time - (ages[number] ?? 0);
    const made: Challenge = {
      sid: `YC-${person.identity}-${number}-${this.generation++}`,
      isPush: number !== 7 || this.generation % 3 > 0,
      created,
      expires: created + (lives[number] ?? 0),
    };
    person.challenges.set(number, made);
    return made;
  }

  /** The first answer to a Challenge counts, while it lives. */
  private respond(person: Person, challenge: Challenge, status: 'approved' | 'denied'): void {
    if (challenge.response || this.time >= challenge.expires) return;
    challenge.response = { status, at: this.time };
    person.responded.push(challenge);
  }

  /** What Twilio says of a Challenge. */
  private fetch(challenge: Challenge | { readonly sid: string }): ChallengeFact {
    if (!('created' in challenge)) return { kind: 'not-found' };
    const { isPush, created, expires, response } = challenge;
    const open = this.time < expires ? 'pending' : 'expired';
    return {
      kind: 'fetched',
      status: response?.status ?? open,
      isPush,
      ageMs: this.time - created,
      remainingMs: expires - this.time,
      ...(response && { respondedAgoMs: this.time - response.at }),
    };
  }

  /** @returns whether it is to ask Twilio */
  private async look(person: Person, { sid }: { readonly sid: string }): Promise<boolean> {
    const { kind, standing } = await this.both(person, (ledger) => ledger.look(person.identity, sid));
    if (kind === 'ask') {
      check(!this.isGuess(person, sid), 'I16', 'a look that guesses was sent to ask');
      asked(person.heard, sid, this.time);
      person.told.clear();
    }
    this.hold(person, sid, standing);
    return kind === 'ask';
  }

  private async tap(
    person: Person,
    challenge: Challenge | { readonly sid: string },
    key: Key | undefined,
    watched: boolean,
  ): Promise<Push | undefined> {
    const { sid } = challenge;
    if (!watched) return this.reserve(person, challenge, newId(), key);

    // I6: after a peek has cleared what is over and moved what is from the future, a refusal writes nothing.
    await this.both(person, (ledger) => ledger.peek(person.identity, sid));
    const before = await this.world.stored();
    const push = await this.reserve(person, challenge, newId(), key);
    const isBound = key && person.bound.get(key.hash)?.push.settledAt !== undefined;
    if (!push && !isBound) check(before === (await this.world.stored()), 'I6', 'a refusal changed what is stored');
    return push;
  }

  private async reserve(
    person: Person,
    challenge: Challenge | { readonly sid: string },
    id: string,
    key: Key | undefined,
  ): Promise<Push | undefined> {
    const { sid } = challenge;
    const command = { id, challengeSid: sid, ...(key && { key }) };
    const answer = await this.both(person, (ledger) => ledger.reserve(person.identity, command));
    const bound = key && person.bound.get(key.hash);
    const isRemembered = bound && this.isRemembered(bound.push);
    const isAgain = person.pushes.some((push) => push.id === id && this.isRemembered(push));
    if (isRemembered && !isAgain) this.holdKey(bound, key, answer);

    switch (answer.kind) {
      case 'granted': {
        const again = person.pushes.find((push) => push.id === id);
        if (again && (this.isLive(again) || this.wasSetBack)) {
          this.hold(person, sid, answer.standing);
          return again;
        }
        check(!person.pushes.some((push) => this.isLive(push)), 'I13', 'granted beside a live reservation');
        check(!this.isTooEarly(person, sid), 'I11', 'granted before the end of a wait');
        check(!this.isGuess(person, sid), 'I16', 'a tap that guesses was granted');
        const push: Push = again ?? {
          id,
          challenge,
          ...(key && { key }),
          reservedAt: this.time,
          state: 'reserved',
          at: this.time,
          counted: true,
        };
        Object.assign(push, { reservedAt: this.time, at: this.time, counted: true });
        if (!again) person.pushes.push(push);
        if (key) person.bound.set(key.hash, { push, request: key.request });
        person.told.clear();
        this.hold(person, sid, answer.standing);
        return push;
      }
      case 'replayed': {
        const { notification } = answer;
        const given = notification && person.pushes.find((push) => sidOf(push.id) === notification.sid);
        if (notification) check(given?.state === 'sent', 'I5', 'replayed what was not sent to this user');
        else check(isRemembered !== undefined, 'I5', 'delivery unknown, of a key that is not known');
        if (given && !isRemembered) {
          check(given.challenge.sid === sid, 'I5', 'coalesced with another Challenge');
          const sinceMs = this.time - (given.settledAt ?? -Infinity);
          check(this.wasSetBack || sinceMs < this.world.policy.coalesceMs, 'I5', `coalesced after ${sinceMs} ms`);
          if (key) person.bound.set(key.hash, { push: given, request: key.request });
        }
        this.hold(person, sid, answer.standing);
        return undefined;
      }
      case 'refused':
        this.hold(person, sid, answer.standing);
        return undefined;
    }
  }

  /** I5: a key that is remembered tells what became of its resend, and nothing else. */
  private holdKey(
    { push, request }: { push: Push; request: string },
    key: Key,
    answer: Awaited<ReturnType<Ledger['reserve']>>,
  ): void {
    if (request !== key.request) {
      check(answer.kind === 'refused' && answer.code === 'idempotency-key-reused', 'I5', 'a key for two requests');
    } else if (push.state === 'sent') {
      const isSame = answer.kind === 'replayed' && answer.notification?.sid === sidOf(push.id);
      check(isSame, 'I5', 'a key of a sent resend told something else');
    } else if (push.state === 'unknown') {
      check(answer.kind === 'replayed' && !answer.notification, 'I5', 'a key of an unknown resend told something else');
    } else if (this.isLive(push)) {
      const isInProgress = answer.kind === 'refused' && answer.code === 'resend-in-progress';
      check(isInProgress, 'I5', 'a key under way told something else');
    } else {
      check(answer.kind !== 'granted', 'I5', 'a key of a lapsed resend was granted another');
    }
  }

  private async dispatch(person: Person, push: Push, stale: boolean): Promise<boolean> {
    const { id, challenge } = push;
    const { policy } = this.world;
    let fact = this.fetch(challenge);
    // Twilio was asked before the user answered; by a process that slept since then, but not for an hour.
    const wasAnswered = 'created' in challenge && (challenge.response?.at ?? -Infinity) >= push.reservedAt;
    if (stale && wasAnswered && this.time - push.reservedAt < HOUR_MS) fact = unanswered(fact);
    const command = { id, challengeSid: challenge.sid, fact };
    const answer = await this.both(person, (ledger) => ledger.dispatch(person.identity, command));
    this.heard(person, challenge, fact, answer.standing);

    if (answer.kind === 'lost') {
      const isOver = push.state !== 'reserved' && push.state !== 'dispatched';
      check(this.wasSetBack || isOver || !this.isLive(push), 'I13', 'a live reservation was lost');
    } else if (push.state === 'dispatched') {
      check(answer.kind === 'dispatched', 'I13', 'a repeated dispatch was refused');
      check(this.wasSetBack || this.isLive(push), 'I13', 'dispatched again after its lease');
      check(
        this.wasSetBack || ('at' in answer && answer.at === push.stamp),
        'I13',
        'dispatched again with another stamp',
      );
    } else if (answer.kind === 'refused') {
      check(push.state === 'reserved', 'I13', `refused to dispatch what was ${push.state}`);
      push.state = 'returned';
    } else {
      check(push.state === 'reserved', 'I13', `dispatched what was ${push.state}`);
      check(this.wasSetBack || this.isLive(push), 'I13', 'dispatched on a lease that was over');
      const gone = person.pushes.filter((other) => other !== push && mayHaveGoneOut(other));
      check(!gone.some((other) => other.state === 'dispatched' && this.isLive(other)), 'I13', 'two under way');

      const earlier = gone.filter((other) => other.challenge.sid === challenge.sid && this.time - other.at < DAY_MS);
      check(earlier.length < policy.maxPerChallenge, 'I3', `resend ${earlier.length + 1} of a Challenge`);
      const cooldownMs = cooldownAfter(earlier.length, policy);
      const automatic = 'created' in challenge ? challenge.created : -Infinity;
      const apartMs = this.time - Math.max(automatic, ...gone.map(({ at }) => at));
      check(apartMs >= cooldownMs, 'I2', `${apartMs} ms apart, not ${cooldownMs}`);
      for (const { limit, windowMs } of policy.userLimits) {
        const used = gone.filter(({ at, counted }) => counted && this.time - at < windowMs).length;
        check(used < limit, 'I1', `resend ${used + 1} of ${limit} in ${windowMs} ms`);
      }
      check(person.answered.get(challenge.sid) !== 'denied', 'I8', 'dispatched for a Challenge known as denied');
      check(this.time >= person.heldUntil, 'I8', `dispatched ${person.heldUntil - this.time} ms before the hold's end`);
      this.turns += 1;
      Object.assign(push, { state: 'dispatched', at: this.time, stamp: answer.at, turn: this.turns, counted: true });
    }
    person.told.clear();
    if (answer.kind !== 'dispatched') this.hold(person, challenge.sid, answer.standing);
    return answer.kind === 'dispatched';
  }

  private async settle(
    person: Person,
    push: Push,
    outcome: Outcome,
    tells: Extract<Step, { do: 'settle' }>['tells'],
  ): Promise<void> {
    const { id, challenge } = push;
    const settlement: Settlement = outcome === 'sent' ? { outcome, sid: sidOf(id), ttlSeconds: 20 } : { outcome };
    const isTelling = tells !== 'nothing' && outcome === 'notSent';
    const fact = tells === 'exhausted' ? ({ kind: 'exhausted' } as const) : this.fetch(challenge);
    const command = { id, challengeSid: challenge.sid, settlement, ...(isTelling && { fact }) };
    const answer = await this.both(person, (ledger) => ledger.settle(person.identity, command));
    const isOpen = push.state === 'reserved' || push.state === 'dispatched';
    if (answer.kind === 'settled') {
      check(isOpen, 'I4', `settled twice, after ${push.state}`);
      const isGivenBack = outcome === 'notSent' && !this.isOvertaken(person, push);
      push.state = isGivenBack ? 'returned' : outcome === 'sent' ? 'sent' : 'unknown';
      push.settledAt = this.time;
      person.told.clear();
    } else {
      const isForgotten = this.time - push.at >= DAY_MS;
      const hasLapsed = push.state === 'reserved' && !this.isLive(push);
      check(
        this.wasSetBack || !isOpen || hasLapsed || isForgotten,
        'I4',
        `the first word on what was ${push.state} was ignored`,
      );
    }
    if (isTelling) {
      this.heard(person, challenge, fact, answer.standing);
      person.told.clear();
    } else check(!answer.standing.ended, 'I15', 'told an end that nobody told it');
    this.hold(person, challenge.sid, answer.standing);
  }

  private async learn(
    person: Person,
    challenge: Challenge | { readonly sid: string },
    fact: ChallengeFact,
  ): Promise<Standing> {
    const standing = await this.both(person, (ledger) => ledger.learn(person.identity, challenge.sid, fact));
    if (this.heard(person, challenge, fact, standing)) person.told.clear();
    this.hold(person, challenge.sid, standing);
    return standing;
  }

  /** As the story learns from a webhook. */
  private async answered(person: Person, challenge: Challenge, isFast: boolean): Promise<void> {
    const { challenge: known } = await this.learn(person, challenge, wordOf(challenge));
    if (known) return;
    const fact = this.fetch(challenge);
    await this.learn(person, challenge, isFast ? unanswered(fact) : fact);
    if (isFast) await this.learn(person, challenge, wordOf(challenge));
  }

  /** I6: what is only supposed is told as if it were learnt, and changes nothing that is stored. */
  private async suppose(
    person: Person,
    challenge: Challenge | { readonly sid: string },
    fact: ChallengeFact,
    isLearnt: boolean,
  ): Promise<void> {
    const { sid } = challenge;
    await this.both(person, (ledger) => ledger.peek(person.identity, sid));
    const before = await this.world.stored();
    const supposed = await this.both(person, (ledger) => ledger.peek(person.identity, sid, fact));
    check(before === (await this.world.stored()), 'I6', 'what was supposed is remembered');
    check(!supposed.ended, 'I15', 'told an end that was only supposed');
    if (!isLearnt) return;
    const { ended: _news, ...learnt } = await this.learn(person, challenge, fact);
    check(isDeepStrictEqual(learnt, supposed), 'I6', 'learning told otherwise than supposing');
  }

  private async overview(person: Person): Promise<void> {
    const { anew, challenges, blockedMs, heldMs } = await this.both(person, (ledger) =>
      ledger.overview(person.identity),
    );
    this.hold(person, 'YC-that-nobody-has-heard-of', anew);
    for (const { sid, standing } of challenges) this.hold(person, sid, standing);
    if (this.wasSetBack) return;

    check((heldMs ?? 0) === Math.max(0, person.heldUntil - this.time), 'I11', `told a hold of ${heldMs} ms`);
    check((blockedMs ?? 0) === Math.max(0, person.blockedUntil - this.time), 'I11', `told a block of ${blockedMs} ms`);
    const sids = recalled(person.heard, this.time);
    if (sids.length > MAX_REMEMBERED) return;
    check(
      isDeepStrictEqual(
        challenges.map(({ sid }) => sid),
        sids,
      ),
      'I14',
      'an overview of other Challenges',
    );
    for (const { sid, lastResendAgoMs } of challenges) {
      const last = this.dispatchedAt(person, sid).at(-1);
      const agoMs = last === undefined ? undefined : this.time - last;
      check(lastResendAgoMs === agoMs, 'I4', `the last resend was ${agoMs} ms ago, not ${lastResendAgoMs}`);
    }
  }

  /**
   * Writes down an approval or a denial that the ledger was told of, once for each Challenge, and holds what it answers.
   * @returns whether it taught anything
   */
  private heard(
    person: Person,
    challenge: Challenge | { readonly sid: string },
    fact: ChallengeFact,
    { challenge: told, ended }: Standing,
  ): boolean {
    const { sid } = challenge;
    const isExact = !this.wasSetBack && recalled(person.heard, this.time).length < MAX_REMEMBERED;
    const isWord = fact.kind === 'responded';
    if (isWord && isExact) {
      const isDue = teaches(person.heard, sid, fact, this.time);
      check(
        isDue === (told !== undefined && told.status !== 'pending'),
        'I14',
        isDue ? 'a webhook taught nothing' : 'a webhook out of nowhere taught',
      );
    }
    if (isWord && !told) {
      check(!ended, 'I15', 'told an end that it did not learn');
      return false;
    }
    const end = hear(person.heard, sid, fact, this.time);
    if (isExact) {
      const due = end && toldOf(end, this.dispatchedAt(person, sid), this.time);
      check(isDeepStrictEqual(ended, due), 'I15', `told ${JSON.stringify(ended)}, not ${JSON.stringify(due)}`);
    }
    if (ended) {
      const isAgain = person.ended.has(sid) && recalled(person.heard, this.time).length < MAX_REMEMBERED;
      check(!isAgain, 'I15', 'told an end twice');
      person.ended.add(sid);
    }
    // With the clock set back the ledger remembers longer.
    if (end && (isExact || !person.answered.has(sid))) this.takeEffect(person, sid, end);
    return true;
  }

  /** Once, and again only from the same moment, when the ledger has forgotten it meanwhile. */
  private takeEffect(person: Person, sid: string, { status, at }: End): void {
    if (status === 'expired') return;
    check(!person.answered.has(sid) || this.time - at >= HOUR_MS, 'I14', 'an answer took effect again');
    person.answered.set(sid, status);
    if (status === 'denied') {
      person.heldUntil = Math.max(person.heldUntil, at + this.world.policy.denyHoldMs);
    } else {
      for (const push of person.pushes) if (push.at <= at) push.counted = false;
    }
  }

  /** Holds a standing against what is written down: the counts (I1, I3, I4), the waits (I11) and the guesses (I16). */
  private hold(person: Person, sid: string, { next, resends, windows }: Standing): void {
    if (!this.wasSetBack) {
      const isRefused = next.code === 'too-many-requests';
      if (!isRefused) check(!this.isGuess(person, sid), 'I16', `${next.code} about a guess too many`);
      else check(this.isGuess(person, sid) || this.hasForgotten(person), 'I16', 'refused as a guess, and it is none');
      const taken = person.pushes.filter((push) => this.isRemembered(push));
      const used = taken.filter(({ challenge }) => challenge.sid === sid).length;
      check(resends.used === used, 'I4', `${resends.used} resends of a Challenge, not ${used}`);
      for (const { used: told, windowMs } of windows) {
        const inWindow = taken.filter(({ at, counted }) => counted && this.time - at < windowMs).length;
        check(told === inWindow, 'I4', `${told} resends in ${windowMs} ms, not ${inWindow}`);
      }
    }
    const before = person.told.get(sid);
    if (before) {
      const reasons = TIMED.includes(before.code) ? TIMED : [before.code];
      const isSame = reasons.includes(next.code);
      if (this.time >= before.end) check(!isSame, 'I11', `${next.code} after waiting for ${before.code}`);
      else check(next.code !== 'ready', 'I11', `ready ${before.end - this.time} ms before the end of ${before.code}`);
      if (isSame && 'waitMs' in next) {
        const growsMs = this.time + (next.waitMs ?? 0) - before.end;
        check(growsMs <= 0, 'I11', `the wait for ${before.code} grew by ${growsMs} ms`);
      }
    }
    if ('waitMs' in next && next.waitMs !== undefined && next.code !== 'resend-in-progress') {
      const end = this.time + next.waitMs;
      if (!before || this.time >= before.end || end < before.end) person.told.set(sid, { code: next.code, end });
      person.lastTold = end;
    }
  }

  /** When each resend of a Challenge left that may have gone out, oldest first. */
  private dispatchedAt({ pushes }: Person, sid: string): number[] {
    const gone = pushes.filter((push) => push.challenge.sid === sid && mayHaveGoneOut(push));
    return gone.map(({ at }) => at).filter((at) => this.time - at < DAY_MS);
  }

  /** One unknown Challenge too many is asked about. With the clock set back the ledger counts differently. */
  private isGuess({ heard, pushes }: Person, sid: string): boolean {
    const asking = pushes.filter((push) => push.state === 'reserved' && this.isLive(push));
    const tapped = asking.map(({ challenge }) => challenge.sid);
    return !this.wasSetBack && isGuess(heard, sid, tapped, this.time);
  }

  /** It may have forgotten some of what it knew. */
  private hasForgotten({ heard }: Person): boolean {
    return recalled(heard, this.time).length > MAX_REMEMBERED;
  }

  private isTooEarly(person: Person, sid: string): boolean {
    return this.time < (person.told.get(sid)?.end ?? -Infinity);
  }

  /** Its lease is not over. With the clock set back the ledger's lasts longer. */
  private isLive(push: Push): boolean {
    const isOpen = push.state === 'reserved' || push.state === 'dispatched';
    return isOpen && this.time - push.at < this.world.policy.leaseMs;
  }

  /** A later push of the Challenge has left, with a ttl that counts on this one (I10): nothing is given back any more. */
  private isOvertaken({ pushes }: Person, push: Push): boolean {
    const later = pushes.filter(({ turn = 0, at }) => turn > (push.turn ?? Infinity) && this.time - at < DAY_MS);
    return later.some((other) => other.challenge.sid === push.challenge.sid && mayHaveGoneOut(other));
  }

  private isRemembered(push: Push): boolean {
    return (mayHaveGoneOut(push) && this.time - push.at < DAY_MS) || this.isLive(push);
  }
}

/** What Twilio's webhook says of a Challenge that was answered. */
function wordOf({ response }: Challenge): ChallengeFact {
  if (!response) throw new Error('nobody has answered');
  return webhook(response.status);
}

/** What Twilio said before the user answered. */
function unanswered(fact: ChallengeFact): ChallengeFact {
  if (fact.kind !== 'fetched') return fact;
  const { respondedAgoMs: _unknown, ...before } = fact;
  return { ...before, status: 'pending' };
}

function mayHaveGoneOut({ state }: Push): boolean {
  return state === 'dispatched' || state === 'sent' || state === 'unknown';
}

function check(holds: boolean, invariant: string, what: string): void {
  if (!holds) throw new Error(`${invariant}: ${what}`);
}

/** As it looks after a journey through JSON. */
function plain<Answer>(answer: Answer): Answer {
  return answer === undefined ? answer : JSON.parse(JSON.stringify(answer));
}
