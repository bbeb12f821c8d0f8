import type { ChallengeFact, ChallengeStatus } from '@resend/ports.js';

/** Pushes a Challenge may have, the automatic first one included. */
const MAX_PUSHES = 3;

/** A Challenge at Twilio. */
export interface Challenge {
  readonly sid: string;
  readonly identity: string;
  readonly isPush: boolean;
  readonly created: number;
  readonly expires: number;
  /** `shownAt`: from when on a fetch tells it. */
  response?: { readonly status: 'approved' | 'denied'; readonly at: number; readonly shownAt: number };
  pushes: number;
}

/** As much of Twilio Verify as a resend meets. It believes nobody, remembers everything and never fails by itself. */
export class Twilio {
  readonly challenges = new Map<string, Challenge>();
  private notifications = 0;

  constructor(private readonly now: () => number) {}

  challenge(of: Pick<Challenge, 'identity' | 'isPush'>, ageMs: number, livesMs: number): Challenge {
    const created = this.now() - ageMs;
    const sid = `YC${String(this.challenges.size + 1).padStart(32, '0')}`;
    const made: Challenge = { ...of, sid, created, expires: created + livesMs, pushes: 1 };
    this.challenges.set(sid, made);
    return made;
  }

  /** The user answers on the phone: the first answer to a Challenge that is pending counts. */
  respond(challenge: Challenge, status: 'approved' | 'denied', lagMs: number): void {
    const at = this.now();
    if (this.statusOf(challenge) === 'pending') challenge.response = { status, at, shownAt: at + lagMs };
  }

  fetch(identity: string, sid: string): ChallengeFact {
    const challenge = this.find(identity, sid);
    if (!challenge) return { kind: 'not-found' };
    const { isPush, created, expires } = challenge;
    const isShown = challenge.response !== undefined && this.now() >= challenge.response.shownAt;
    const { response, ...unanswered } = challenge;
    return {
      kind: 'fetched',
      status: this.statusOf(isShown ? challenge : unanswered),
      isPush,
      ageMs: this.now() - created,
      remainingMs: expires - this.now(),
      ...(response && isShown && { respondedAgoMs: this.now() - response.at }),
    };
  }

  /** @returns the SID of the Notification, or Twilio's error code */
  create(identity: string, sid: string): string | number {
    const challenge = this.find(identity, sid);
    if (!challenge) return 60_391;
    if (!challenge.isPush) return 60_307;
    const status = this.statusOf(challenge);
    if (status === 'expired') return 60_323;
    if (status !== 'pending') return 60_322;
    if (challenge.pushes >= MAX_PUSHES) return 60_309;
    challenge.pushes += 1;
    this.notifications += 1;
    return `NT${String(this.notifications).padStart(32, '0')}`;
  }

  private find(identity: string, sid: string): Challenge | undefined {
    const challenge = this.challenges.get(sid);
    return challenge?.identity === identity ? challenge : undefined;
  }

  private statusOf({ response, expires }: Pick<Challenge, 'response' | 'expires'>): ChallengeStatus {
    return response?.status ?? (this.now() < expires ? 'pending' : 'expired');
  }
}
