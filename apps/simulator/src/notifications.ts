import type { Answer, Call } from './call.js';
import { pushesUsed, statusAt } from './challenge-state.js';
import { twilioDate, type Clock } from './clock.js';
import type { Devices } from './devices.js';
import { findChallenge } from './lookup.js';
import type { Challenge, Notification } from './records.js';
import { newSid } from './sid.js';
import type { Store } from './store.js';
import type { Switches } from './switches.js';
import { TwilioError } from './twilio-error.js';

/** Pushes a Challenge can have (Twilio error 60309: "Max number of notifications: 3"). */
const PUSHES_PER_CHALLENGE = 3;
const DEFAULT_TTL_SECONDS = 300;

/** `POST …/Challenges/{YC}/Notifications`: the resend. Twilio has no way to list, read or recall them. */
export class Notifications {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly switches: Switches,
    private readonly devices: Devices,
    private readonly accountSid: string,
  ) {}

  /** One synchronous step: of parallel requests exactly as many succeed as there are pushes left. */
  create(call: Call): Answer {
    const challenge = findChallenge(this.store, call.params);
    const ttlSeconds = readTtl(call.form().raw('Ttl'), this.switches.emptyTtlIsAbsent);
    this.refuseUnlessPushable(challenge);

    const notification: Notification = { sid: newSid('NT'), createdAt: this.clock.wholeSecond(), ttlSeconds };
    challenge.notifications.push(notification);
    this.push(challenge, notification);
    return { status: 201, body: this.json(challenge, notification), effect: 'notification-created' };
  }

  /** A create that failed without leaving a Notification and yet uses one push (switch `failedCreateConsumes`). */
  consume(call: Call): boolean {
    const challenge = findChallenge(this.store, call.params);
    this.refuseUnlessPushable(challenge);
    challenge.consumedByFailures += 1;
    return true;
  }

  /**
   * 60307: documented, its status is not. A totp Challenge, 60322 here, and the order of state and cap: assumptions
   * (switch `stateBeforeCap`). 60323 and 60309: documented.
   */
  private refuseUnlessPushable(challenge: Challenge): void {
    if (challenge.factor.type !== 'push') throw new TwilioError(60306, 'the Challenge is not a push Challenge');
    if (challenge.factor.platform === 'none') throw new TwilioError(60307);

    const status = statusAt(challenge, this.clock.now());
    const capReached = pushesUsed(challenge, this.switches.initialPushCounts) >= PUSHES_PER_CHALLENGE;
    if (capReached && !this.switches.stateBeforeCap) throw new TwilioError(60309);
    if (status === 'expired') throw new TwilioError(60323);
    if (status !== 'pending') throw new TwilioError(60322);
    if (capReached) throw new TwilioError(60309);
  }

  private push(challenge: Challenge, notification: Notification): void {
    this.devices.of(challenge.entity.identity, challenge.factor.platform).send(
      {
        challengeSid: challenge.sid,
        notificationSid: notification.sid,
        message: challenge.message,
        createdAt: this.clock.now(),
        ttlSeconds: notification.ttlSeconds,
      },
      this.clock.now(),
    );
  }

  private json(challenge: Challenge, notification: Notification) {
    return {
      sid: notification.sid,
      account_sid: this.accountSid,
      service_sid: challenge.service.sid,
      entity_sid: challenge.entity.sid,
      identity: challenge.entity.identity,
      challenge_sid: challenge.sid,
      priority: 'high',
      ttl: notification.ttlSeconds,
      date_created: twilioDate(notification.createdAt),
    };
  }
}

/**
 * Twilio: an integer from 0 to 300, default 300. That anything else answers 60300 is an assumption. Whether an empty `Ttl=`,
 * the SDK's null, is anything else is not known: refused, unlike all other empty fields, because a client that computes a
 * ttl should never send it.
 */
function readTtl(given: readonly string[], emptyIsAbsent: boolean): number {
  const [text, ...more] = given;
  if (text === undefined || (text === '' && emptyIsAbsent)) return DEFAULT_TTL_SECONDS;
  const ttl = /^(0|[1-9]\d{0,2})$/.test(text) && more.length === 0 ? Number(text) : Number.NaN;
  if (!(ttl <= 300)) throw new TwilioError(60300, 'Ttl must be an integer between 0 and 300');
  return ttl;
}
