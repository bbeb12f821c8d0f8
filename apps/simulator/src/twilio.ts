import { AccountResources } from './account-resources.js';
import type { Answer, Call } from './call.js';
import { listChallenges } from './challenge-list.js';
import { statusAt } from './challenge-state.js';
import { updateChallenge } from './challenge-update.js';
import { Challenges } from './challenges.js';
import type { Clock } from './clock.js';
import type { Credentials } from './credentials.js';
import { Devices } from './devices.js';
import { Factors } from './factors.js';
import { Notifications } from './notifications.js';
import { Store } from './store.js';
import type { Switches } from './switches.js';
import type { Operation } from './twilio-path.js';
import { Webhooks } from './webhooks.js';

/** Verify Push without HTTP: the account's resources, the phones behind them, and what each call does. */
export class Twilio {
  readonly store = new Store();
  readonly devices: Devices;
  readonly webhooks: Webhooks;
  readonly challenges: Challenges;
  readonly factors: Factors;
  readonly notifications: Notifications;
  private readonly resources: AccountResources;

  constructor(
    readonly credentials: Credentials,
    readonly clock: Clock,
    readonly switches: Switches,
    webhookUrl: string | undefined,
    random: () => number,
  ) {
    const { accountSid, authToken } = credentials;
    const { store } = this;
    this.devices = new Devices(clock, switches, random, (challengeSid, at) => {
      const challenge = store.challengeBySid(challengeSid);
      return challenge !== undefined && statusAt(challenge, at) === 'pending';
    });
    this.webhooks = new Webhooks(webhookUrl, accountSid, authToken, switches);
    this.challenges = new Challenges(store, clock, switches, this.devices, this.webhooks, accountSid);
    this.factors = new Factors(store, clock, this.devices, this.webhooks, accountSid);
    this.notifications = new Notifications(store, clock, switches, this.devices, accountSid);
    this.resources = new AccountResources(store, clock, accountSid);
    this.reset();
  }

  /** Carries out a call. Synchronous, so calls never interleave. @throws TwilioError having changed nothing */
  perform(operation: Operation, call: Call): Answer {
    switch (operation) {
      case 'createNotification':
        return this.notifications.create(call);
      case 'fetchChallenge':
        return this.challenges.fetch(call);
      case 'createChallenge':
        return this.challenges.create(call);
      case 'listChallenges':
        return listChallenges(this.store, this.challenges, call);
      case 'updateChallenge':
        return updateChallenge(this.store, this.challenges, this.clock, call);
      case 'createFactor':
        return this.factors.create(call);
      case 'fetchFactor':
        return this.factors.fetch(call);
      case 'updateFactor':
        return this.factors.update(call);
      case 'deleteFactor':
        return this.factors.remove(call);
      case 'createService':
        return this.resources.createService(call);
      case 'fetchService':
        return this.resources.fetchService(call);
      case 'createEntity':
        return this.resources.createEntity(call);
      case 'fetchEntity':
        return this.resources.fetchEntity(call);
      case 'deleteEntity':
        return this.resources.deleteEntity(call);
      case 'createAccessToken':
        return this.resources.createAccessToken(call);
      default:
        return operation satisfies never;
    }
  }

  /** Forgets everything but the account and its service. */
  reset(): void {
    this.store.clear();
    this.store.ensureService(this.credentials.serviceSid, this.clock.wholeSecond());
    this.devices.clear();
    this.webhooks.clear();
  }
}
