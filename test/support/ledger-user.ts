import type {
  BeforeReset,
  BeforeUnblock,
  ChallengeFact,
  Dispatched,
  Ledger,
  Overview,
  Reserved,
  Settled,
  SettleCommand,
  Settlement,
  Standing,
} from '@resend/ports.js';
import type { TestClock } from './ledger-on-test-clock.js';

/** A Challenge that Twilio made a while ago and that can still be answered. */
export function pending(fact: Partial<Extract<ChallengeFact, { kind: 'fetched' }>> = {}): ChallengeFact {
  return { kind: 'fetched', status: 'pending', isPush: true, ageMs: 60_000, remainingMs: 540_000, ...fact };
}

export function answered(status: 'approved' | 'denied', respondedAgoMs = 0): ChallengeFact {
  return { kind: 'fetched', status, isPush: true, ageMs: 60_000, remainingMs: 540_000, respondedAgoMs };
}

/** What Twilio's webhook says. It counts of a Challenge that is remembered. */
export function webhook(status: 'approved' | 'denied'): ChallengeFact {
  return { kind: 'responded', status };
}

let reservations = 0;

/** Somebody with a phone, and the service acting for them step by step. */
export class User {
  constructor(
    private readonly ledger: Ledger,
    private readonly clock: TestClock,
    readonly identity: string,
  ) {}

  /** Presses the button. A key is named by what it stands for: `key of request`. */
  tap(challengeSid: string, { id = newId(), key }: { id?: string; key?: string } = {}): Promise<Reserved> {
    const [hash = '', request = challengeSid] = (key ?? '').split(' of ');
    return this.ledger.reserve(this.identity, { id, challengeSid, ...(key && { key: { hash, request } }) });
  }

  /** Presses the button and is granted a resend. */
  async reserve(challengeSid: string, { key }: { key?: string } = {}): Promise<string> {
    const id = newId();
    const answer = await this.tap(challengeSid, { id, ...(key && { key }) });
    if (answer.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(answer)}`);
    return id;
  }

  dispatch(id: string, challengeSid: string, fact: ChallengeFact = pending()): Promise<Dispatched> {
    return this.ledger.dispatch(this.identity, { id, challengeSid, fact });
  }

  /** Goes as far as Twilio's door. */
  async leave(challengeSid: string, { key, fact }: { key?: string; fact?: ChallengeFact } = {}): Promise<string> {
    const id = await this.reserve(challengeSid, { ...(key && { key }) });
    const answer = await this.dispatch(id, challengeSid, fact);
    if (answer.kind !== 'dispatched') throw new Error(`not dispatched: ${JSON.stringify(answer)}`);
    return id;
  }

  settle(
    id: string,
    challengeSid: string,
    outcome: Settlement['outcome'],
    fact?: SettleCommand['fact'],
  ): Promise<Settled> {
    const settlement: Settlement = outcome === 'sent' ? { outcome, sid: sidOf(id), ttlSeconds: 56 } : { outcome };
    return this.ledger.settle(this.identity, { id, challengeSid, settlement, ...(fact && { fact }) });
  }

  /** A whole resend, from the tap to Twilio's 201. */
  async resend(challengeSid: string, options: { key?: string; fact?: ChallengeFact } = {}): Promise<string> {
    const id = await this.leave(challengeSid, options);
    await this.settle(id, challengeSid, 'sent');
    return id;
  }

  /** So many resends, each of a Challenge of its own and as early as the cooldown allows. Ends at the last one. */
  async resendTimes(times: number, apartMs = 30_000): Promise<void> {
    for (let count = 1; count <= times; count++) {
      await this.resend(`YC-of-its-own-${count}-${this.clock.now}`);
      if (count < times) this.clock.pass(apartMs);
    }
  }

  learn(challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.ledger.learn(this.identity, challengeSid, fact);
  }

  /** @param supposed what is supposed to have been learnt first */
  peek(challengeSid: string, supposed?: ChallengeFact): Promise<Standing> {
    return this.ledger.peek(this.identity, challengeSid, supposed);
  }

  overview(): Promise<Overview> {
    return this.ledger.overview(this.identity);
  }

  /** What the next tap would be told. */
  async next(challengeSid: string): Promise<Standing['next']> {
    return (await this.peek(challengeSid)).next;
  }

  async look(challengeSid: string): Promise<string> {
    return (await this.ledger.look(this.identity, challengeSid)).kind;
  }

  reset(): Promise<BeforeReset> {
    return this.ledger.reset(this.identity);
  }

  block(durationMs: number): Promise<void> {
    return this.ledger.block(this.identity, durationMs);
  }

  unblock(): Promise<BeforeUnblock> {
    return this.ledger.unblock(this.identity);
  }
}

/** As long as the real one: 22 characters. */
export function newId(): string {
  reservations += 1;
  return `r${String(reservations).padStart(21, '0')}`;
}

/** Twilio's SID of the Notification that a reservation became. */
export function sidOf(id: string): string {
  return `NT${id.padStart(32, '0')}`;
}
