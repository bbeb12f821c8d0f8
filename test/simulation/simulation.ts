/**
 * One history from one seed: the real story on real rules, in a world where time, chance and every message belong to
 * the test. Impatient users with several devices, support, Twilio, crashes and pauses are played by `decide`.
 */
import type { ResendPolicy } from '@resend/policy.js';
import { Refusal } from '@resend/refusals.js';
import { MemoryPause } from '@ledger/pause.js';
import { type Resent, ResendService } from '@resend/resend.service.js';
import { add, type Figures, noFigures } from './figures.js';
import { LedgerOverWire } from './ledger-over-wire.js';
import { OutsideRecord, type Violation } from './outside-record.js';
import { DEADLINES, POLICIES } from './policies.js';
import { addCounts } from './probes.js';
import { Process } from './process.js';
import { Random } from './random.js';
import { Schedule } from './schedule.js';
import { inProcess, type LedgerClass, type Store } from './store.js';
import { type Challenge, Twilio } from './twilio.js';
import { TwilioOverWire } from './twilio-over-wire.js';
import { CALM, faultRatesOf } from './fault-rates.js';
import { currentTap, rehearsing, type Tap } from './tap.js';
import { type World } from './world.js';

export interface Options {
  /** Now and then a failover loses the last writes; what it may cost is bounded, and everything else still holds. */
  readonly withFailovers?: boolean;
  readonly Service?: typeof ResendService;
  readonly Ledger?: LedgerClass;
  readonly openStore?: (policy: ResendPolicy, canLose: boolean) => Promise<Store>;
  readonly skewMs?: World['skewMs'];
}

export interface History {
  readonly seed: number;
  readonly figures: Figures;
  /** All that did not hold in the step in which something did not hold for the first time. */
  readonly violations: readonly Violation[];
  /** Every step, when it was asked for. */
  readonly lines: readonly string[];
}

/** Challenges that do not exist, and that users ask about. */
const GHOSTS = 14;
/** Decisions of users, support and chance in one history. */
const DECISIONS = 60;
const PROCESSES = 2;
/** Nothing is recorded here. */
const BY = { actor: 'session' };
/** How far what Twilio tells of an answer lags behind it. */
const RECORD_LAGS_MS = [0, 0, 0, 0, 0, 0, 0, 0, 50, 1000];
const FORGOTTEN_MS = 25 * 3_600_000;
/** The ledger forgets a Challenge after an hour; nobody asks for one that is so old. */
const REMEMBERED_MS = 3_000_000;

export async function play(seed: number, options: Options = {}, isRead = false): Promise<History> {
  const random = new Random(seed);
  const policy = POLICIES[seed % POLICIES.length] ?? random.pick(POLICIES);
  const canLose = options.withFailovers === true;
  const openStore = options.openStore ?? (async () => inProcess(policy, canLose, options.Ledger));
  const store = await openStore(policy, canLose);
  const schedule = new Schedule(random);
  const twilio = new Twilio(() => schedule.now);
  const lines: string[] = [];
  const began = schedule.now;
  const world: World = {
    random,
    schedule,
    twilio,
    store,
    policy,
    deadlines: DEADLINES,
    record: new OutsideRecord(schedule, twilio, policy, DEADLINES, canLose),
    figures: { ...noFigures(), seeds: 1 },
    faultRates: faultRatesOf(random),
    cutOffUntil: -Infinity,
    skewMs: options.skewMs ?? (() => 0),
    tell: (line) => void (isRead && lines.push(`${String(schedule.now - began).padStart(9)} ms  ${line()}`)),
  };
  try {
    await new Plot(world, seed, options).play();
  } finally {
    await store.close();
  }
  const { violations, cases, ends } = world.record;
  world.figures.ends = ends;
  addCounts(world.figures.probes, cases.counts);
  world.figures.sends = [...twilio.challenges.values()].reduce((sum, { pushes }) => sum + pushes - 1, 0);
  return { seed, figures: world.figures, lines, violations };
}

/** Plays these seeds, adds up what happened, and gathers the histories in which something did not hold. */
export async function playAll(seeds: Iterable<number>, options: Options = {}) {
  const figures = noFigures();
  const broken: History[] = [];
  for (const seed of seeds) {
    const history = await play(seed, options);
    add(figures, history.figures);
    if (history.violations.length > 0) broken.push(history);
  }
  return { figures, broken };
}

interface Instance {
  readonly process: Process;
  readonly ledger: LedgerOverWire;
  service: ResendService;
  boot: number;
}

interface Person {
  readonly identity: string;
  /** Newest last. */
  readonly challenges: Challenge[];
  readonly taps: Tap[];
}

class Plot {
  private readonly instances: readonly Instance[];
  private readonly people: readonly Person[];
  private decisions = 0;
  private taps = 0;
  private pausedUntil = -Infinity;
  private readonly killSwitch: MemoryPause;

  constructor(
    private readonly world: World,
    seed: number,
    private readonly options: Options,
  ) {
    this.killSwitch = new MemoryPause(() => world.schedule.now);
    this.instances = Array.from({ length: PROCESSES }, (_, number) => this.start(new Process(world, number + 1)));
    const person = (name: string): Person => ({ identity: `${name}-of-seed-${seed}`, challenges: [], taps: [] });
    this.people = [person('ann'), person('bob')];
  }

  async play(): Promise<void> {
    const { schedule, record } = this.world;
    schedule.after(0, () => this.decide());
    const isBroken = () => record.violations.length > 0;
    await schedule.run(isBroken);
    if (!isBroken()) await this.everybodyGoesOn();
    if (!isBroken()) await this.everythingEnds();
  }

  private start(process: Process): Instance {
    const { world } = this;
    const Service = this.options.Service ?? ResendService;
    const ledger = new LedgerOverWire(world, process);
    const clock = { now: () => process.monotonic(), sleep: (ms: number) => process.sleep(ms) };
    const gateway = new TwilioOverWire(world, process);
    const service = new Service({ by: () => ledger }, gateway, world.policy, world.deadlines, this.killSwitch, clock);
    return { process, ledger, service, boot: process.boot };
  }

  /** One of them. After a crash a new process has a new service. */
  private anyInstance(): Instance {
    const instance = this.world.random.pick(this.instances);
    if (instance.boot !== instance.process.boot) {
      Object.assign(instance, this.start(instance.process));
    }
    return instance;
  }

  /** Somebody does something, and something else happens soon. */
  private async decide(): Promise<void> {
    const { random, schedule, record } = this.world;
    const person = random.chance(0.75) ? this.people[0] : this.people[1];
    if (!person) return;
    const isAimed = await this.act(person);
    this.decisions += 1;
    if (this.decisions >= DECISIONS) return;

    const next = random.weighted({ aimed: isAimed ? 5 : 6, soon: 3, 'at once': 2 });
    if (next === 'aimed') {
      const offset = random.pick([-1, 0, 0, 1]);
      const ahead = record.boundaries(person.identity).map((at) => at + offset - schedule.now);
      const near = ahead.filter((ms) => ms > 0 && (ms < 1_000_000 || random.chance(0.02)));
      if (near.length > 0) {
        const waitMs = random.pick(near);
        schedule.after(waitMs, () => this.decideAt(person));
        return;
      }
    }
    schedule.after(next === 'at once' ? random.between(0, 5) : random.between(1, 4000), () => this.decide());
  }

  /** At a boundary it is mostly a tap, by way of which nothing is lost or late. */
  private async decideAt(person: Person): Promise<void> {
    const { random } = this.world;
    if (random.chance(0.85)) this.tap(person, { isSmooth: random.chance(0.7) });
    await this.decide();
  }

  private async act(person: Person): Promise<boolean> {
    const { world } = this;
    const { random, schedule, policy, twilio, tell } = world;
    const { identity } = person;
    const actions = {
      'late no': 1,
      'late push': 1,
      'late dispatch': 1,
      'use up': 1,
      'answer in secret': 1,
      tap: 40,
      'tap twice': 8,
      'tap and answer': 5,
      look: 7,
      guess: 4,
      rehearse: 3,
      respond: 7,
      overview: 2,
      reset: 2,
      block: 3,
      unblock: 1,
      'kill switch': 1,
      pause: 4,
      crash: 2,
      'cut off': 2,
    };
    switch (random.weighted({ ...actions, failover: this.options.withFailovers ? 6 : 0 })) {
      case 'tap':
        this.tap(person, { isSmooth: random.chance(0.3) });
        return true;
      case 'tap twice':
        this.tap(person, { isSmooth: false });
        this.tap(person, { isSmooth: false });
        return true;
      case 'late no': {
        const lateMs = Math.max(policy.leaseMs, ...policy.cooldownsMs);
        this.tap(person, { isSmooth: true, create: 'throttled', dawdles: { over: 'create', ms: lateMs + 1000 } });
        const next = random.chance(0.5) ? this.signIn(person).sid : undefined;
        schedule.after(lateMs + random.pick([0, 1, 500]), () => this.tap(person, { isSmooth: true }, next));
        return true;
      }
      case 'late push': {
        const { sid } = this.challengeOf(person);
        this.tap(person, { isSmooth: true, create: 'late' }, sid);
        for (const ms of policy.cooldownsMs) schedule.after(ms, () => this.tap(person, { isSmooth: true }, sid));
        return true;
      }
      case 'late dispatch': {
        const { sid } = this.challengeOf(person);
        const dawdles = { over: 'fetch', ms: policy.leaseMs - 1 } as const;
        this.tap(person, { isSmooth: true, dawdles, create: 'late' }, sid);
        schedule.after(policy.leaseMs + random.pick([0, 1, 1000]), () => this.tap(person, { isSmooth: true }, sid));
        return true;
      }
      case 'use up':
        this.useUp(person);
        return true;
      case 'answer in secret': {
        const challenge = this.signIn(person);
        this.respond(challenge, { lagMs: 1000, isTold: false });
        const create = random.pick(['server error', 'late'] as const);
        schedule.after(1, () => this.tap(person, { isSmooth: true, create }, challenge.sid));
        schedule.after(random.pick([1000, 3000, 20_000]), () => this.look(person, challenge.sid));
        return true;
      }
      case 'look':
        this.look(person, this.challengeOf(person).sid);
        return false;
      case 'guess':
        this.guess(person);
        return true;
      case 'tap and answer': {
        this.tap(person, { isSmooth: false });
        const tapped = person.taps.at(-1)?.challengeSid ?? '';
        schedule.after(random.pick([0, 1, 80, 300, 700]), () => this.respond(twilio.challenges.get(tapped)));
        return false;
      }
      case 'respond':
        this.respond(this.challengeOf(person));
        return false;
      case 'rehearse':
        this.rehearse(person);
        return false;
      case 'overview':
        this.support((ledger) => ledger.overview(identity));
        return false;
      case 'kill switch': {
        const pausedMs = random.pick([1, 500, 5000]);
        tell(() => `resends are paused for ${pausedMs} ms`);
        this.pausedUntil = schedule.now + pausedMs;
        await this.killSwitch.begin('a test', pausedMs);
        return false;
      }
      case 'reset':
        this.support((ledger) => ledger.reset(identity));
        return false;
      case 'block': {
        const durationMs = random.pick([1, 1000, 15_000, 40_000]);
        this.support((ledger) => ledger.block(identity, durationMs));
        return false;
      }
      case 'unblock':
        this.support((ledger) => ledger.unblock(identity));
        return false;
      case 'pause': {
        const ahead = world.record.boundaries(identity).map((at) => at - schedule.now + random.pick([-1, 0, 1]));
        const near = ahead.filter((ms) => ms > 0 && ms <= 2 * policy.leaseMs);
        const until = schedule.now + (near.length > 0 ? random.pick(near) : random.between(1, 12_000));
        this.anyInstance().process.pause(until);
        return false;
      }
      case 'crash':
        this.anyInstance().process.crash();
        return false;
      case 'cut off': {
        const cutOffMs = random.pick([100, 600, 1000, 3000, policy.leaseMs + 1000]);
        tell(() => `the ledger can not be reached for ${cutOffMs} ms`);
        world.figures.faults['cut off'] += 1;
        world.cutOffUntil = schedule.now + cutOffMs;
        return false;
      }
      case 'failover':
        await this.failover();
        return false;
    }
  }

  /** The present Challenge, a new one when that is over, and now and then an older one. */
  private challengeOf(person: Person): Challenge {
    const { random, schedule, twilio, tell } = this.world;
    const recent = person.challenges.filter(({ created }) => schedule.now - created < REMEMBERED_MS).slice(-3);
    const latest = recent.at(-1);
    const isOpen = latest && !latest.response && latest.expires > schedule.now;
    const isUsedUp = latest && (latest.pushes > 2 || schedule.now - latest.created > 400_000);
    if (!latest || random.chance(isOpen && !isUsedUp ? 0.06 : 0.6)) {
      const ageMs = random.pick([0, 0, 3999, 4000, 20_000, 29_999, 30_000, 60_000]);
      const livesMs = random.pick([600_000, 600_000, 120_000, 3_600_000]);
      const made = twilio.challenge({ identity: person.identity, isPush: !random.chance(0.03) }, ageMs, livesMs);
      tell(() => `${person.identity} signs in: ${JSON.stringify(made)}`);
      person.challenges.push(made);
      return made;
    }
    return random.chance(0.85) ? latest : random.pick(recent);
  }

  /** @param sid the Challenge, if it is to be a certain one */
  private tap(person: Person, options: Pick<Tap, 'isSmooth' | 'dawdles' | 'create'>, sid?: string): void {
    const { world } = this;
    const { random, schedule, twilio } = world;
    const { leaseMs } = world.policy;
    const foreign = this.people.flatMap(({ challenges }) => challenges.slice(-1));
    const isForeign = random.chance(0.03) && foreign.length > 0;
    const challengeSid = sid ?? (isForeign ? random.pick(foreign) : this.challengeOf(person)).sid;
    const tap: Tap = {
      number: (this.taps += 1),
      identity: person.identity,
      challengeSid,
      ...(random.chance(world.faultRates.dawdle) && {
        dawdles: {
          over: random.pick(['fetch', 'create'] as const),
          ms: random.pick([2000, 6000, leaseMs - 1, leaseMs, 12_000, 25_000, 70_000]),
        },
      }),
      ...(random.chance(0.15) && { ttlSeconds: random.pick([0, 10, 300]) }),
      ...this.keyFor(person),
      ...options,
    };
    const again = person.taps.at(-1);
    const isKnown = (twilio.challenges.get(again?.challengeSid ?? '')?.created ?? 0) > schedule.now - REMEMBERED_MS;
    const isRetry = sid === undefined && isKnown && again?.idempotencyKey !== undefined && random.chance(0.2);
    const { ttlSeconds: _other, ...rest } = tap;
    const retried: Tap = isRetry
      ? {
          ...rest,
          challengeSid: again.challengeSid,
          idempotencyKey: again.idempotencyKey,
          ...(again.ttlSeconds !== undefined && { ttlSeconds: again.ttlSeconds }),
        }
      : tap;
    person.taps.push(retried);
    this.press(retried);
  }

  private keyFor({ taps }: Person): { idempotencyKey?: string } {
    const { random } = this.world;
    switch (random.weighted({ none: 5, fresh: 4, used: 1 })) {
      case 'none':
        return {};
      case 'fresh':
        return { idempotencyKey: `key-${taps.length}` };
      case 'used': {
        const { idempotencyKey } = taps.findLast((tap) => tap.idempotencyKey !== undefined) ?? {};
        return idempotencyKey === undefined ? {} : { idempotencyKey };
      }
    }
  }

  private press(tap: Tap): void {
    const { tell, figures } = this.world;
    const { service, process } = this.anyInstance();
    figures.taps += 1;
    tap.instance = process.number;
    tap.isPaused = this.world.schedule.now < this.pausedUntil;
    const { number, identity, challengeSid, idempotencyKey, ttlSeconds } = tap;
    tell(() => {
      const key = idempotencyKey === undefined ? '' : `, ${idempotencyKey}`;
      return `tap ${number} of ${identity} on ${challengeSid}${key}, at instance ${process.number}`;
    });
    const asked = {
      session: { identity },
      challengeSid,
      by: BY,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(ttlSeconds !== undefined && { ttlSeconds }),
    };
    process.taps.add(tap);
    void currentTap.run(tap, () => this.hear(tap, service.resend(asked)).finally(() => process.taps.delete(tap)));
  }

  private async hear(tap: Tap, resent: Promise<Resent>): Promise<void> {
    const { record, tell } = this.world;
    try {
      const { notification, replayed } = await resent;
      tell(() => `tap ${tap.number} is told: sent${replayed ? ' before' : ''}, ${notification.sid}`);
      record.told(tap, { kind: 'sent', sid: notification.sid, replayed });
    } catch (error) {
      this.refused(tap, error);
    }
  }

  private refused(tap: Tap, error: unknown): void {
    const { record, tell } = this.world;
    if (!(error instanceof Refusal)) return record.check(false, 'a bug', () => String((error as Error).stack));
    const { waitMs, replayed = false } = error.details;
    tell(() => `tap ${tap.number} is told: ${error.code}${waitMs === undefined ? '' : `, wait ${waitMs} ms`}`);
    record.told(tap, { kind: 'refused', code: error.code, replayed, ...(waitMs !== undefined && { waitMs }) });
    return undefined;
  }

  private look({ identity }: Person, sid: string): void {
    const looking = this.anyInstance().service.standing({ identity }, sid, BY);
    void looking.catch((error: unknown) => this.expected(error));
  }

  /** Looks at many Challenges at once that do not exist, at every instance; and now and then a tap. */
  private guess(person: Person): void {
    const { random } = this.world;
    const count = random.between(1, 12);
    const tapped = random.chance(0.5) ? random.between(1, count) : undefined;
    for (let number = 1; number <= count; number++) {
      const ghost = `YC${String(random.between(1, GHOSTS)).padStart(32, 'f')}`;
      if (number === tapped) this.tap(person, { isSmooth: random.chance(0.5) }, ghost);
      else this.look(person, ghost);
    }
    if (random.chance(0.3)) this.look(person, this.challengeOf(person).sid);
  }

  /** Signs in and taps as often as the limits allow, perhaps answers, and taps twice more. */
  private useUp(person: Person): void {
    const { random, schedule, policy } = this.world;
    const apartMs = Math.max(...policy.cooldownsMs);
    const times = Math.min(...policy.userLimits.map(({ limit }) => limit));
    for (let time = 0; time < times + 2; time++) {
      schedule.after(time * apartMs, () => {
        const challenge = this.signIn(person);
        this.tap(person, { isSmooth: true }, challenge.sid);
        if (time === times && random.chance(0.5)) this.respond(challenge);
      });
    }
  }

  /** To a Challenge that is as old as the longest cooldown. */
  private signIn(person: Person): Challenge {
    const { twilio, policy } = this.world;
    const of = { identity: person.identity, isPush: true };
    const challenge = twilio.challenge(of, Math.max(...policy.cooldownsMs), 600_000);
    person.challenges.push(challenge);
    return challenge;
  }

  /** The user answers on the phone, and Twilio tells it by webhook, unless that is lost. */
  private respond(
    challenge: Challenge | undefined,
    { lagMs = this.world.random.pick(RECORD_LAGS_MS), isTold = this.world.random.chance(0.7) } = {},
  ): void {
    const { random, twilio, tell } = this.world;
    if (!challenge) return;
    const isAnswered = challenge.response !== undefined;
    twilio.respond(challenge, random.pick(['approved', 'denied'] as const), lagMs);
    tell(() => `${challenge.identity} answers ${challenge.sid}: ${challenge.response?.status ?? 'too late'}`);
    if (!isAnswered && challenge.response && isTold) this.webhooks(challenge, challenge.response.status);
  }

  /** Now and then of a Challenge that the user has just answered. */
  private rehearse(person: Person): void {
    const { random } = this.world;
    const { service } = this.anyInstance();
    const isAnswered = random.chance(0.3);
    const challenge = isAnswered ? this.signIn(person) : this.challengeOf(person);
    if (isAnswered) this.respond(challenge, { lagMs: 0, isTold: false });
    const { sid } = challenge;
    const rehearsal = rehearsing.run(true, () => service.rehearse({ identity: person.identity }, sid, BY));
    void rehearsal.catch((error: unknown) => this.expected(error));
  }

  /** Twilio tells of an answer: at once or late, and now and then again, up to hours later. */
  private webhooks(challenge: Challenge, status: 'approved' | 'denied'): void {
    const { schedule, random } = this.world;
    const times = random.weighted({ once: 6, twice: 3, thrice: 1 });
    for (const often of ['once', 'twice', 'thrice']) {
      const delays = often === 'once' ? [0, 0, 50, 3000] : [0, 20, 1000, 30_000, 600_000, 3_000_000, 7_200_000];
      schedule.after(random.pick(delays), () => this.deliver(challenge, status));
      if (often === times) return;
    }
  }

  /** What the story has learnt from a webhook, it knows. */
  private deliver({ identity, sid, response }: Challenge, status: 'approved' | 'denied'): void {
    const { record, figures, tell, schedule } = this.world;
    const isLate = schedule.now - (response?.at ?? schedule.now) > 3_600_000;
    record.cases.reached('a webhook came more than an hour after the answer', isLate);
    const isFaster = (response?.shownAt ?? 0) > schedule.now;
    record.cases.reached('a webhook was faster than Twilio’s own record', isFaster);
    tell(() => `Twilio tells that ${sid} is ${status}`);
    figures.webhooks += 1;
    const learning = this.anyInstance().service.answered(identity, sid, status, BY);
    void learning.then(
      ({ challenge }) => record.check(isOver(challenge?.status), 'I14', () => `learnt ${sid}, and it is not over`),
      (error: unknown) => this.expected(error),
    );
  }

  private support(ask: (ledger: LedgerOverWire) => Promise<unknown>): void {
    void ask(this.anyInstance().ledger).catch((error: unknown) => this.expected(error));
  }

  private expected(error: unknown): void {
    if (!(error instanceof Refusal)) {
      this.world.record.check(false, 'a bug', () => String((error as Error).stack));
    }
  }

  /** At most min(what was left, 1 + lost time / cooldown) resends are forgotten. */
  private async failover(): Promise<void> {
    const { random, schedule, store, record, policy, figures, tell } = this.world;
    const lostMs = random.pick([0, 1, 50, 300, 1000, 5000, Math.min(...policy.cooldownsMs)]);
    figures.faults.failover += 1;
    tell(() => `a failover loses the last ${lostMs} ms of what the ledger wrote`);
    const time = schedule.now - lostMs;
    await store.loseWritesAfter(time);
    const forgotten = record.failover(time);
    const bound = 1 + Math.floor(lostMs / Math.min(...policy.cooldownsMs));
    record.check(forgotten <= bound, 'failover', `${forgotten} resends are forgotten, not ${bound} at most`);
  }

  /** I9, I11: whatever happened, everybody who waits as long as they are told can send, and that is not long. */
  private async everybodyGoesOn(): Promise<void> {
    const { world } = this;
    const { schedule, record, policy, store, twilio } = world;
    world.faultRates = CALM;
    world.cutOffUntil = -Infinity;
    this.pausedUntil = -Infinity;
    await this.killSwitch.end();
    for (const { process } of this.instances) {
      process.wake();
      record.check(process.slotsTaken === 0, 'I9', `${process.slotsTaken} slots towards Twilio are never given back`);
    }
    for (const { identity } of this.people) {
      const blockMs = Math.max(0, record.blockedUntil(identity) - schedule.now);
      const windowsMs = policy.userLimits.map(({ windowMs }) => windowMs);
      const longest = Math.max(policy.denyHoldMs, ...policy.cooldownsMs, ...windowsMs);
      const latest = schedule.now + blockMs + policy.leaseMs + longest;
      const ageMs = Math.max(...policy.cooldownsMs);
      const peek = async () => {
        store.clock.now = schedule.now;
        return (await store.ledger.peek(identity, 'the last Challenge')).next;
      };
      // This wait is told as one second at least.
      const leaseOver = schedule.now + policy.leaseMs + 1000;
      for (let next = await peek(); next.code !== 'ready'; next = await peek()) {
        const { waitMs } = next;
        const isUnderWay = next.code === 'resend-in-progress';
        const isWaiting = waitMs !== undefined && schedule.now + waitMs <= (isUnderWay ? leaseOver : latest);
        record.cases.reached('a user had to wait when the faults were over');
        record.check(isWaiting, 'I9', `stuck: ${JSON.stringify(next)}`);
        if (!isWaiting) return;
        schedule.now += waitMs - 1;
        const early = await peek();
        const isExact = isUnderWay || ('waitMs' in early && early.waitMs === 1);
        record.check(isExact, 'I11', `a wait of ${waitMs} ms, and a millisecond before: ${JSON.stringify(early)}`);
        schedule.now += 1;
      }
      const { sid: challengeSid } = twilio.challenge({ identity, isPush: true }, ageMs, 600_000 + ageMs);
      const last: Tap = { number: (this.taps += 1), identity, challengeSid, isSmooth: true };
      this.press(last);
      await schedule.run();
      record.check(last.pushed !== undefined, 'I9', 'the last tap, after every wait, sent nothing');
      if (record.violations.length > 0) return;
    }
  }

  /** I7: 25 h after the last resend nothing is left. */
  private async everythingEnds(): Promise<void> {
    const { schedule, store, record } = this.world;
    schedule.now += FORGOTTEN_MS;
    store.clock.now = schedule.now;
    record.left(await store.leftBehind());
  }
}

function isOver(status: string | undefined): boolean {
  return status !== undefined && status !== 'pending';
}
