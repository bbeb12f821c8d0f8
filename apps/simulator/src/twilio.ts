import { AccessTokens } from './access-tokens.js';
import type { Answer, Call } from './call.js';
import { listChallenges } from './challenge-list.js';
import { statusAt } from './challenge-state.js';
import { updateChallenge } from './challenge-update.js';
import { Challenges } from './challenges.js';
import type { Clock } from './clock.js';
import type { Credentials } from './credentials.js';
import { Debugger } from './debugger.js';
import { Devices } from './devices.js';
import { Entities } from './entities.js';
import { FactorRegistry } from './factor-registry.js';
import { Factors } from './factors.js';
import { Notifications } from './notifications.js';
import { Services } from './services.js';
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
  readonly registry: FactorRegistry;
  readonly notifications: Notifications;
  private readonly webhookResources: WebhookResources;
  /** What each call does. */
  private readonly operations: Readonly<Record<Operation, (call: Call) => Answer>>;

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
    this.registry = new FactorRegistry(clock, switches, this.devices);
    this.notifications = new Notifications(store, clock, switches, this.devices, accountSid);
    this.operations = this.tableOfOperations();
    this.reset();
  }

  /** Carries out a call. Synchronous, so calls never interleave. @throws TwilioError having changed nothing */
  perform(operation: Operation, call: Call): Answer {
    return this.operations[operation](call);
  }

  /** Carries out everything that is due by now: unverified Factors age out, users answer. */
  catchUp(): void {
    this.registry.ageOut();
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
    this.registry.clear();
    this.webhooks.clear();
    this.debugger.clear();
  }

  private tableOfOperations(): Record<Operation, (call: Call) => Answer> {
    const { store, clock, challenges, notifications, webhookResources: webhooks } = this;
    const { accountSid } = this.credentials;
    const services = new Services(store, clock, accountSid);
    const accessTokens = new AccessTokens(store, clock, accountSid);
    const entities = new Entities(store, clock, accountSid);
    const factors = new Factors(store, clock, this.registry, this.webhooks, accountSid);
    return {
      createService: (call) => services.create(call),
      listServices: (call) => services.list(call),
      fetchService: (call) => services.fetch(call),
      updateService: (call) => services.update(call),
      deleteService: (call) => services.remove(call),
      createAccessToken: (call) => accessTokens.create(call),
      fetchAccessToken: (call) => accessTokens.fetch(call),
      createWebhook: (call) => webhooks.create(call),
      listWebhooks: (call) => webhooks.list(call),
      fetchWebhook: (call) => webhooks.fetch(call),
      updateWebhook: (call) => webhooks.update(call),
      deleteWebhook: (call) => webhooks.remove(call),
      createEntity: (call) => entities.create(call),
      listEntities: (call) => entities.list(call),
      fetchEntity: (call) => entities.fetch(call),
      deleteEntity: (call) => entities.remove(call),
      createFactor: (call) => factors.create(call),
      listFactors: (call) => factors.list(call),
      fetchFactor: (call) => factors.fetch(call),
      updateFactor: (call) => factors.update(call),
      deleteFactor: (call) => factors.remove(call),
      createChallenge: (call) => challenges.create(call),
      listChallenges: (call) => listChallenges(store, challenges, call),
      fetchChallenge: (call) => challenges.fetch(call),
      updateChallenge: (call) => updateChallenge(store, challenges, clock, call),
      createNotification: (call) => notifications.create(call),
    };
  }
}
