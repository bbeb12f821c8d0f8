import twilio from 'twilio';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Deadlines } from '@resend/policy.js';
import { type Created, type Fetched, VerifyGateway } from '@resend/ports.js';
import { Breaker, type BreakerOptions } from './breaker.js';
import { factOf } from './challenge-answer.js';
import { type Asked, endingOf, type GoodEnding } from './ending.js';
import type { ExchangeLimits } from './exchange.js';
import { sentOf } from './notification-answer.js';
import { createdOf, fetchedOf } from './outcomes.js';
import { Room } from './room.js';
import { labelOf, type TwilioCall } from './twilio-call.js';
import { TwilioHttpClient } from './twilio-http-client.js';

/** What the gateway needs to reach a Verify Service. */
export interface TwilioVerifyGatewayOptions {
  /** `AC…`. */
  readonly accountSid: string;
  /** `SK…`. */
  readonly apiKeySid: string;
  readonly apiKeySecret: string;
  /** `VA…`. */
  readonly serviceSid: string;
  /** Twilio itself when absent; otherwise a simulator or a gateway, such as `http://127.0.0.1:4010`. */
  readonly baseUrl?: string;
  readonly deadlines: Deadlines;
  /** Resends and fetches that may be under way at once, and sockets kept for them. */
  readonly maxConcurrent: number;
  /** How many more may wait for room, and how long, in milliseconds. */
  readonly queue: { readonly limit: number; readonly waitMs: number };
  readonly breaker: BreakerOptions;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string;
  /** More headers for each request: those of a trace. Must not throw. */
  readonly headers?: () => Record<string, string>;
  /** Told of every exchange with Twilio. Must not throw. */
  readonly onCall?: (call: TwilioCall) => void;
}

const TWILIO = 'https://verify.twilio.com';
const SERVICE_SID = /^VA[0-9a-fA-F]{32}$/;

/** Twilio Verify Push through the official SDK. One for the process. */
export class TwilioVerifyGateway extends VerifyGateway {
  readonly #service: ReturnType<ReturnType<typeof twilio>['verify']['v2']['services']>;
  readonly #http: TwilioHttpClient;
  readonly #deadlines: Deadlines;
  readonly #room: Room;
  readonly #breaker: Breaker;
  readonly #onCall: (call: TwilioCall) => void;

  constructor(options: TwilioVerifyGatewayOptions) {
    super();
    const { deadlines, maxConcurrent, queue, ca, headers } = options;
    if (!SERVICE_SID.test(options.serviceSid)) throw new Error('not a Verify Service SID');
    this.#deadlines = deadlines;
    this.#room = new Room({ limit: maxConcurrent, maxWaiting: queue.limit, maxWaitMs: queue.waitMs });
    this.#breaker = new Breaker(options.breaker);
    this.#onCall = options.onCall ?? (() => {});
    this.#http = new TwilioHttpClient({
      baseUrl: options.baseUrl ?? TWILIO,
      maxSockets: maxConcurrent,
      connectTimeoutMs: Math.max(deadlines.fetchMs, deadlines.createMs),
      ...(ca !== undefined && { ca }),
      ...(headers && { headers }),
    });
    const client = twilio(options.apiKeySid, options.apiKeySecret, {
      accountSid: options.accountSid,
      // The SDK calls nothing but `request`; its class would bring axios, its agent and its environment variables.
      httpClient: this.#http as unknown as twilio.RequestClient,
      autoRetry: false,
    });
    this.#service = client.verify.v2.services(options.serviceSid);
  }

  /** Asks the breaker twice: nobody waits for room towards a Twilio that is down, and it may go down meanwhile. */
  async takeSlot(): Promise<Disposable> {
    this.#breaker.check();
    const place = await this.#room.take();
    try {
      const admission = this.#breaker.admit();
      return {
        [Symbol.dispose]: () => {
          admission[Symbol.dispose]();
          place[Symbol.dispose]();
        },
      };
    } catch (refusal) {
      place[Symbol.dispose]();
      throw refusal;
    }
  }

  /** May ask twice: a kept-alive socket that Twilio closes as we write says nothing of Twilio's health. */
  async fetchChallenge(identity: string, challengeSid: string): Promise<Fetched> {
    const challenge = this.#challenge(identity, challengeSid);
    const deadline = performance.now() + this.#deadlines.fetchMs;
    const ask = () =>
      this.#exchange(
        { operation: 'fetchChallenge', deadline },
        () => challenge.fetch(),
        ({ value, answer, elapsedMs }) => factOf(value, { identity, challengeSid }, answer, elapsedMs),
      );
    const asked = await this.#guarded('fetchChallenge', async () => {
      const first = await ask();
      return isStaleSocket(first) && performance.now() < deadline ? ask() : first;
    });
    return 'value' in asked ? { kind: 'learnt', fact: asked.value } : fetchedOf(asked.ending);
  }

  async createNotification(
    identity: string,
    challengeSid: string,
    { ttlSeconds, sendBefore }: { readonly ttlSeconds: number; readonly sendBefore: number },
  ): Promise<Created> {
    const { notifications } = this.#challenge(identity, challengeSid);
    const deadline = performance.now() + this.#deadlines.createMs;
    const asked = await this.#guarded('createNotification', () =>
      this.#exchange(
        { operation: 'createNotification', deadline, sendBefore },
        () => notifications.create({ ttl: ttlSeconds }),
        ({ value }) => sentOf(value, challengeSid),
      ),
    );
    return 'value' in asked ? asked.value : createdOf(asked.ending);
  }

  /** Closes every socket once the calls under way are over; later ones are answered `provider-unavailable`. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  /** The SDK pastes both into the path as they are, so what is not exactly one of each never gets there. */
  #challenge(identity: string, challengeSid: string) {
    if (!IDENTITY.test(identity)) throw new Error('not an identity of Twilio');
    if (!CHALLENGE_SID.test(challengeSid)) throw new Error('not a Challenge SID');
    return this.#service.entities(identity).challenges(challengeSid);
  }

  /** Behind the breaker, which sees a repeated fetch as one. */
  async #guarded<V>(operation: TwilioCall['operation'], call: () => Promise<Asked<V>>): Promise<Asked<V>> {
    const asked = await this.#breaker.run(operation, call);
    if ('ending' in asked && asked.ending.kind === 'breaker-open') {
      this.#onCall({ operation, durationMs: 0, ...labelOf(asked.ending) });
    }
    return asked;
  }

  /** One exchange, told to `onCall`. `read` finds in a good answer what was asked for, or says in a word what is wrong. */
  async #exchange<T, V extends object>(
    { operation, ...limits }: ExchangeLimits & Pick<TwilioCall, 'operation'>,
    call: () => Promise<T>,
    read: (ending: GoodEnding<T>) => V | string,
  ): Promise<Asked<V>> {
    const calledAt = performance.now();
    const ending = endingOf(await this.#http.run(limits, call));
    const asked = ending.kind === 'answered' ? askedOf(read(ending)) : { ending };
    const label = 'value' in asked ? { code: 'ok' } : labelOf(asked.ending);
    this.#onCall({ operation, durationMs: performance.now() - calledAt, ...label });
    return asked;
  }
}

function askedOf<V extends object>(read: V | string): Asked<V> {
  return typeof read === 'string' ? { ending: { kind: 'unreadable', word: read } } : { value: read };
}

function isStaleSocket(asked: Asked<object>): boolean {
  return 'ending' in asked && asked.ending.kind === 'connection-lost' && asked.ending.onUsedSocket;
}
