import twilio from 'twilio';
import type { Proxies } from '@egress/proxied-dispatcher.js';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';
import type { Deadlines } from '@resend/policy.js';
import { type Created, type Fetched, type SlotUse, VerifyGateway } from '@resend/ports.js';
import { Breaker, type BreakerOptions } from './breaker.js';
import { Bulkhead } from './bulkhead.js';
import type { Answer, ExchangeLimits } from './exchange.js';
import { type Credentials, KeyCredentials, type KeyPair } from './credentials.js';
import { createdFrom, type ExchangeResult, fetchedFrom, resultOf } from './exchange-result.js';
import { type OauthApp, OauthCredentials } from './oauth-credentials.js';
import { challengeFactFrom, type InvalidAnswer, sentFrom } from './twilio-answers.js';
import { labelOf, type TwilioCall } from './twilio-call.js';
import { TwilioHttpClient } from './twilio-http-client.js';

/** What the gateway needs to reach a Verify Service, with an API key or as an OAuth app. */
export type TwilioVerifyGatewayOptions = VerifyServiceOptions & (KeyPair | { readonly oauth: OauthApp });

interface VerifyServiceOptions {
  /** `AC…`. */
  readonly accountSid: string;
  /** `VA…`. */
  readonly serviceSid: string;
  /** Default: Twilio itself. Otherwise a simulator or a gateway, such as `http://127.0.0.1:4010`. */
  readonly baseUrl?: string;
  readonly deadlines: Deadlines;
  /** Resends and fetches that may be in flight at once, and the most sockets kept for them. */
  readonly maxConcurrent: number;
  /** How many more may wait for a slot, and the maximum wait in milliseconds. */
  readonly queue: { readonly limit: number; readonly waitMs: number };
  readonly breaker: BreakerOptions;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string;
  /** The proxies for Twilio. Default: none. */
  readonly proxies?: Proxies;
  /** Extra headers for each request, for tracing. Must not throw. */
  readonly headers?: () => Record<string, string>;
  /** Called after every call to Twilio, and for each call that the open breaker prevented. Must not throw. */
  readonly onCall?: (call: TwilioCall) => void;
}

const TWILIO = 'https://verify.twilio.com';
const TWILIO_OAUTH = 'https://oauth.twilio.com';
const SERVICE_SID = /^VA[0-9a-fA-F]{32}$/;

/** Twilio Verify Push through the official SDK. One instance per process. */
export class TwilioVerifyGateway extends VerifyGateway {
  readonly #service: ReturnType<ReturnType<typeof twilio>['verify']['v2']['services']>;
  readonly #http: TwilioHttpClient;
  readonly #deadlines: Deadlines;
  readonly #bulkhead: Bulkhead;
  readonly #breaker: Breaker;
  readonly #onCall: (call: TwilioCall) => void;

  /** @throws Error when `serviceSid` is not a Verify Service SID */
  constructor(options: TwilioVerifyGatewayOptions) {
    super();
    const { deadlines, maxConcurrent, queue, ca, proxies, headers } = options;
    if (!SERVICE_SID.test(options.serviceSid)) throw new Error('not a Verify Service SID');
    this.#deadlines = deadlines;
    this.#bulkhead = new Bulkhead({ limit: maxConcurrent, maxWaiting: queue.limit, maxWaitMs: queue.waitMs });
    this.#breaker = new Breaker(options.breaker);
    this.#onCall = options.onCall ?? (() => {});
    this.#http = new TwilioHttpClient({
      baseUrl: options.baseUrl ?? TWILIO,
      maxSockets: maxConcurrent,
      connectTimeoutMs: Math.max(deadlines.fetchMs, deadlines.createMs),
      credentials: credentialsOf(options),
      ...(ca !== undefined && { ca }),
      ...(proxies && { proxies }),
      ...(headers && { headers }),
    });
    // The SDK insists on credentials. It gets none: our transport adds those of the moment to each request.
    const client = twilio(options.accountSid, 'none', {
      // The SDK only calls `request`. Extending its class would load axios, its agent and its environment variables.
      httpClient: this.#http as unknown as twilio.RequestClient,
      autoRetry: false,
    });
    this.#service = client.verify.v2.services(options.serviceSid);
  }

  /** Checks the breaker before the queue, so that nobody waits for a Twilio that is down, and again after it. */
  async takeSlot(identity: string, use: SlotUse): Promise<Disposable> {
    this.#breaker.throwIfOpen();
    const slot = await this.#bulkhead.acquire(identity, use);
    try {
      const admission = this.#breaker.admit();
      return {
        [Symbol.dispose]: () => {
          admission[Symbol.dispose]();
          slot[Symbol.dispose]();
        },
      };
    } catch (refusal) {
      slot[Symbol.dispose]();
      throw refusal;
    }
  }

  async fetchChallenge(identity: string, challengeSid: string): Promise<Fetched> {
    const challenge = this.#challenge(identity, challengeSid);
    const deadline = performance.now() + this.#deadlines.fetchMs;
    const fetchOnce = () =>
      this.#exchange(
        { operation: 'fetchChallenge', deadline },
        () => challenge.fetch(),
        (value, answer, elapsedMs) => challengeFactFrom(value, { identity, challengeSid }, answer, elapsedMs),
      );
    const result = await this.#throughBreaker('fetchChallenge', () => repeatable(fetchOnce, deadline));
    return 'value' in result ? { kind: 'learnt', fact: result.value } : fetchedFrom(result.failure);
  }

  async createNotification(
    identity: string,
    challengeSid: string,
    { ttlSeconds, sendBefore }: { readonly ttlSeconds: number; readonly sendBefore: number },
  ): Promise<Created> {
    const { notifications } = this.#challenge(identity, challengeSid);
    const deadline = performance.now() + this.#deadlines.createMs;
    const result = await this.#throughBreaker('createNotification', () =>
      this.#exchange(
        { operation: 'createNotification', deadline, sendBefore },
        () => notifications.create({ ttl: ttlSeconds }),
        (value) => sentFrom(value, challengeSid),
      ),
    );
    return 'value' in result ? result.value : createdFrom(result.failure);
  }

  /**
   * Fetches the Verify Service once, apart from slots and breaker, to find out whether Twilio accepts the credentials.
   * @returns the call as `onCall` would be told of it; `onCall` is not
   */
  async checkAccess(): Promise<Omit<TwilioCall, 'operation'>> {
    const startedAt = performance.now();
    const deadline = startedAt + this.#deadlines.fetchMs;
    const call = async () => resultOf(await this.#http.run({ deadline }, () => this.#service.fetch()), () => ({}));
    const result = await repeatable(call, deadline);
    return { durationMs: performance.now() - startedAt, ...labelOf(result) };
  }

  /** Waits for the calls in flight, then closes every socket. Later calls answer `provider-unavailable`. */
  async close(): Promise<void> {
    await this.#http.close();
  }

  /** Validates both, because the SDK inserts them into the path without escaping. */
  #challenge(identity: string, challengeSid: string) {
    if (!IDENTITY.test(identity)) throw new Error('not an identity of Twilio');
    if (!CHALLENGE_SID.test(challengeSid)) throw new Error('not a Challenge SID');
    return this.#service.entities(identity).challenges(challengeSid);
  }

  /** The breaker counts a repeated fetch as one call. */
  async #throughBreaker<V extends object>(
    operation: TwilioCall['operation'],
    call: () => Promise<ExchangeResult<V>>,
  ): Promise<ExchangeResult<V>> {
    const result = await this.#breaker.run(operation, call);
    if ('failure' in result && result.failure.kind === 'breaker-open') {
      this.#onCall({ operation, durationMs: 0, ...labelOf(result) });
    }
    return result;
  }

  /**
   * Makes one SDK call and reports it to `onCall`.
   *
   * @param read turns a 2xx answer into what the caller wants, or names what is wrong with it
   */
  async #exchange<T, V extends object>(
    { operation, ...limits }: ExchangeLimits & Pick<TwilioCall, 'operation'>,
    call: () => Promise<T>,
    read: (value: T, answer: Answer, elapsedMs: number) => V | InvalidAnswer,
  ): Promise<ExchangeResult<V>> {
    const startedAt = performance.now();
    const result = resultOf(await this.#http.run(limits, call), read);
    this.#onCall({ operation, durationMs: performance.now() - startedAt, ...labelOf(result) });
    return result;
  }
}

/**
 * Makes a call that changes nothing at Twilio, and makes it again where that is no failure of Twilio: it closed an idle
 * kept-alive socket just as we wrote to it, or the credentials have changed.
 */
async function repeatable<V extends object>(
  call: () => Promise<ExchangeResult<V>>,
  deadline: number,
): Promise<ExchangeResult<V>> {
  let result = await call();
  if (isStaleSocket(result) && performance.now() < deadline) result = await call();
  if (hasOtherCredentials(result) && performance.now() < deadline) result = await call();
  return result;
}

function hasOtherCredentials(result: ExchangeResult<object>): boolean {
  return 'failure' in result && result.hasOtherCredentials === true;
}

function credentialsOf(options: TwilioVerifyGatewayOptions): Credentials {
  if (!('oauth' in options)) return new KeyCredentials(options);
  const { oauth, baseUrl = TWILIO_OAUTH, deadlines, ca, proxies } = options;
  const trust = ca === undefined ? {} : { ca };
  return new OauthCredentials({ ...oauth, baseUrl, deadlineMs: deadlines.fetchMs, ...trust, proxies });
}

function isStaleSocket(result: ExchangeResult<object>): boolean {
  return 'failure' in result && result.failure.kind === 'connection-lost' && result.failure.isSocketReused;
}
