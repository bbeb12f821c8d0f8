import type { Answer, Call } from './call.js';
import { readChallengeInput, type ChallengeInput } from './challenge-input.js';
import { challengeJson, signatureFields, statusAt } from './challenge-state.js';
import type { Clock } from './clock.js';
import type { Devices } from './devices.js';
import { findChallenge, findEntity, findFactor } from './lookup.js';
import type { Answered, Challenge, Entity, Factor } from './records.js';
import { newSid } from './sid.js';
import type { Store } from './store.js';
import type { Switches } from './switches.js';
import { TwilioError } from './twilio-error.js';
import type { Webhooks } from './webhooks.js';

/** Creating, reading and answering Challenges. */
export class Challenges {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly switches: Switches,
    private readonly devices: Devices,
    private readonly webhooks: Webhooks,
    private readonly accountSid: string,
  ) {}

  /** `POST …/Challenges` */
  create(call: Call): Answer {
    const entity = findEntity(this.store, call.params);
    const form = call.form();
    const factor = findFactor(this.store, { ...call.params, factor: form.required('FactorSid') });
    if (factor.status !== 'verified') throw new TwilioError(60318);
    const limit = this.switches.challengesPerFactor;
    if (limit !== null && factor.challengesCreated >= limit) throw new TwilioError(60312);

    const now = this.clock.wholeSecond();
    const input = readChallengeInput(form, factor, now);
    const challenge = this.add(call.params.service, entity, factor, input, now);
    return { status: 201, body: this.json(challenge, call), effect: 'challenge-created' };
  }

  /** `GET …/Challenges/{YC}` */
  fetch(call: Call): Answer {
    const challenge = findChallenge(this.store, call.params);
    const body = this.json(challenge, call);
    const headers: Record<string, string> =
      body.status === 'pending' ? { 'Twilio-Verify-Signature-Fields': signatureFields.join(',') } : {};
    return { status: 200, body, headers, effect: 'none' };
  }

  /**
   * Writes a new pending Challenge and sends its automatic push.
   *
   * @param createdAt ms; in the past for a Challenge that was made earlier, and so was its push
   */
  add(serviceSid: string, entity: Entity, factor: Factor, input: ChallengeInput, createdAt: number): Challenge {
    const pushed = factor.type === 'push' && factor.platform !== 'none';
    const challenge: Challenge = {
      sid: newSid('YC'),
      service: this.store.ensureService(serviceSid, createdAt),
      entity,
      factor,
      createdAt,
      ...input,
      pushedAutomatically: pushed,
      notifications: [],
      consumedByFailures: 0,
      metadata: null,
      answer: null,
    };
    this.store.addChallenge(challenge);
    factor.challengesCreated += 1;
    if (pushed) {
      const { sid: challengeSid, message } = challenge;
      const ttlSeconds = this.switches.automaticPushTtlSeconds;
      this.devices
        .of(entity.identity, factor.platform)
        .send({ challengeSid, notificationSid: null, message, createdAt, ttlSeconds }, this.clock.now());
    }
    return challenge;
  }

  /**
   * The user answers: the one way out of pending besides the clock, and final. Fires the webhook.
   *
   * @param at simulated ms; earlier than now when the answer was due before this request
   * @returns when the webhook has been answered (at once without one)
   * @throws TwilioError 60322 when already answered, 60323 when expired
   */
  respond(challenge: Challenge, status: Answered, at = this.clock.now()): Promise<void> {
    const current = statusAt(challenge, at);
    if (current === 'expired') throw new TwilioError(60323);
    if (current !== 'pending') throw new TwilioError(60322);
    challenge.answer = { status, at: Math.floor(at / 1000) * 1000 };
    return this.webhooks.send(`challenge.${status}`, {
      service_sid: challenge.service.sid,
      entity_identity: challenge.entity.identity,
      factor_sid: challenge.factor.sid,
      factor_type: challenge.factor.type,
      challenge_sid: challenge.sid,
    });
  }

  /** The Challenge as reads show it, which may lag behind its end (switch `expiryLagSeconds`). */
  json(challenge: Challenge, call: Pick<Call, 'baseUrl' | 'caller'>) {
    const status = statusAt(challenge, this.clock.now(), this.switches.expiryLagSeconds);
    return challengeJson(challenge, status, this.accountSid, call);
  }
}
