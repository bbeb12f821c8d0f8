import { AccountResources } from './account-resources.js';
import type { Answer, Call } from './call.js';
import { listChallenges } from './challenge-list.js';
import { statusAt } from './challenge-state.js';
import { updateChallenge } from './challenge-update.js';
import { Challenges } from './challenges.js';
import type { Clock } from './clock.js';
import type { Credentials } from './credentials.js';
import { Debugger } from './debugger.js';
import { Devices } from './devices.js';
import { Factors } from './factors.js';
import { Notifications } from './notifications.js';
import { Store } from './store.js';
import type { Switches } from './switches.js';
import type { Operation } from './twilio-path.js';
import { Users } from './users.js';
import { WebhookResources } from './webhook-resources.js';
import { Webhooks, type WebhookTargets } from './webhooks.js';

/** Verify Push without HTTP: the account's resources, the phones behind them, and what each call does. */
export class Twilio {
  readonly store = new Store();
  /** What fails after the answer. */
  readonly debugger = new Debugger();
  readonly devices: Devices;
  readonly users: Users;
  readonly webhooks: Webhooks;
  readonly challenges: Challenges;
  readonly factors: Factors;
  readonly notifications: Notifications;
  private readonly resources: AccountResources;
  private readonly webhookResources: WebhookResources;

  constructor(
    readonly credentials: Credentials,
    readonly clock: Clock,
    readonly switches: Switches,
    webhookUrl: string | undefined,
    random: () => number,
  ) {
    const { accountSid, authToken } = credentials;
    const { store } = this;
    this.devices = new Devices(clock, switches, random, {
      isPending: (challengeSid, at) => {
        this.users.catchUp(at);
        const challenge = store.challengeBySid(challengeSid);
        return challenge !== undefined && statusAt(challenge, at) === 'pending';
      },
      onAlert: (challengeSid, at) => {
        const challenge = store.challengeBySid(challengeSid);
        if (challenge) this.users.notice(challenge, at);
      },
      onUndeliverable: (code, at, challengeSid) => this.debugger.report(code, at, challengeSid),
    });
    this.webhookResources = new WebhookResources(store, clock, accountSid);
    const targets: WebhookTargets = {
      urls: (type, serviceSid) => [
        ...(webhookUrl === undefined ? [] : [webhookUrl]),
        ...this.webhookResources.urls(type, serviceSid),
      ],
      onFailure: (url) => this.debugger.report(60330, clock.now(), url),
    };
    this.webhooks = new Webhooks(targets, accountSid, authToken, switches);
    this.challenges = new Challenges(store, clock, switches, this.devices, this.webhooks, accountSid);
    this.users = new Users(random, (challenge, status, at) => {
      const isThere = store.challengeBySid(challenge.sid) !== undefined;
      if (isThere) void this.challenges.respond(challenge, status, at);
    });
    this.factors = new Factors(store, clock, switches, this.devices, this.webhooks, accountSid);
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
      case 'createWebhook':
        return this.webhookResources.create(call);
      case 'listWebhooks':
        return this.webhookResources.list(call);
      case 'fetchWebhook':
        return this.webhookResources.fetch(call);
      case 'deleteWebhook':
        return this.webhookResources.remove(call);
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

  /** Lets happen what is due by now and nobody has looked at: Factors age out, users answer. */
  catchUp(): void {
    this.factors.ageOut();
    if (!this.users.present) return;
    this.devices.catchUp();
    this.users.catchUp(this.clock.now());
  }

  /** Forgets everything but the account and its service. */
  reset(): void {
    this.store.clear();
    this.store.ensureService(this.credentials.serviceSid, this.clock.wholeSecond());
    this.devices.clear();
    this.users.clear();
    this.factors.clear();
    this.webhooks.clear();
    this.debugger.clear();
  }
}
