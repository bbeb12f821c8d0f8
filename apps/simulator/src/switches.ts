import { Input } from './input.js';

/**
 * Where Twilio's documentation is silent or contradicts itself, an assumption stands here that a test can flip.
 * The README of the simulator explains each of them.
 */
export interface Switches {
  /** The automatic first push uses one of the 3 pushes of a Challenge (unknown in reality). */
  initialPushCounts: boolean;
  /** A create that fails by an injected fault, without leaving a Notification, still uses one push. */
  failedCreateConsumes: boolean;
  /** An empty `Ttl=` of a Notification, the SDK's null, counts as absent; else it is refused with 60300. */
  emptyTtlIsAbsent: boolean;
  /** Seconds that reads still say `pending` after the expiration date; Notifications already answers 60323. */
  expiryLagSeconds: number;
  /** 60323 and 60322 (expired, answered) come before 60309 (no pushes left). */
  stateBeforeCap: boolean;
  /** `generic`: 20404; `specific`: 60390, 60391, 60392. */
  notFoundCodes: 'generic' | 'specific';
  /** `generic`: 60306; `specific`: 60362, 60363, 60364, 60367. */
  formatCodes: 'generic' | 'specific';
  /** The message of a 20404 names the path with `/v2`. */
  notFoundNamesVersion: boolean;
  /** Every error has the RFC 9457 form. */
  problemBodies: boolean;
  /** What the API key and the bearer token may do: everything, only read, or nothing; past it 70051. */
  apiKeyScope: 'all' | 'read' | 'none';
  /** An OAuth access token that opens the account as the API key does; null: no token does. */
  bearerToken: string | null;
  /** More requests in flight than this are answered 20429. */
  maxConcurrentRequests: number;
  /** `Retry-After` of those answers, in seconds; null: no such header. */
  throttleRetryAfterSeconds: number | null;
  /** Idle time after which the server closes a keep-alive socket. */
  keepAliveSeconds: number;
  /** Challenges a Factor may have created in all; past it 60312. null: no limit. */
  challengesPerFactor: number | null;
  /** Hours until a Factor that was not verified is gone; Twilio documents 1 to 24. */
  unverifiedFactorHours: number;
  /** The push credential of the services, at APNs and FCM; without a valid one nothing arrives, and creates are 201. */
  pushCredential: 'valid' | 'missing' | 'rejected';
  /** ttl of the automatic push. */
  automaticPushTtlSeconds: number;
  /** On reconnect every unexpired push arrives, on iOS too: the letter of Twilio's page, against Apple's. */
  twilioFlood: boolean;
  /** FCM keeps only the newest push of the app (notification messages, or one collapse key). */
  collapsible: boolean;
  /** Which push APNs keeps for an offline phone. */
  apnWinner: 'newest' | 'random';
  webhookEncoding: 'form' | 'json';
  /** How often each webhook is sent; 0 drops it. */
  webhookCopies: number;
  /** Real milliseconds before a webhook leaves. */
  webhookDelayMs: number;
  /** Webhooks leave in pairs, the later one first. */
  webhookReorder: boolean;
  /** Secret of a shared key that signs webhooks instead of the auth token (Twilio's Webhooks configuration); null: none. */
  webhookSharedKey: string | null;
  /** The algorithm of the shared key. The auth token always signs with HMAC_SHA1. */
  webhookAlgorithm: 'HMAC_SHA256' | 'HMAC_SHA1';
  webhookBadSignature: boolean;
  /** Sign for this URL instead of the one called: a proxy that changed scheme, host or port. null: the URL called. */
  webhookSignedUrl: string | null;
}

export const defaultSwitches: Readonly<Switches> = {
  initialPushCounts: true,
  failedCreateConsumes: false,
  emptyTtlIsAbsent: false,
  expiryLagSeconds: 0,
  stateBeforeCap: true,
  notFoundCodes: 'generic',
  formatCodes: 'generic',
  notFoundNamesVersion: false,
  problemBodies: false,
  apiKeyScope: 'all',
  bearerToken: null,
  maxConcurrentRequests: 100,
  throttleRetryAfterSeconds: null,
  keepAliveSeconds: 5,
  challengesPerFactor: null,
  unverifiedFactorHours: 24,
  pushCredential: 'valid',
  automaticPushTtlSeconds: 300,
  twilioFlood: false,
  collapsible: false,
  apnWinner: 'newest',
  webhookEncoding: 'form',
  webhookCopies: 1,
  webhookDelayMs: 0,
  webhookReorder: false,
  webhookSharedKey: null,
  webhookAlgorithm: 'HMAC_SHA256',
  webhookBadSignature: false,
  webhookSignedUrl: null,
};

/** Reads a change of switches. @throws InputError on an unknown switch or a value it can not have */
export function readSwitches(body: unknown): Partial<Switches> {
  const input = new Input(body);
  return input.end({
    initialPushCounts: input.boolean('initialPushCounts'),
    failedCreateConsumes: input.boolean('failedCreateConsumes'),
    emptyTtlIsAbsent: input.boolean('emptyTtlIsAbsent'),
    expiryLagSeconds: input.number('expiryLagSeconds', 0, 3600),
    stateBeforeCap: input.boolean('stateBeforeCap'),
    notFoundCodes: input.oneOf('notFoundCodes', ['generic', 'specific']),
    formatCodes: input.oneOf('formatCodes', ['generic', 'specific']),
    notFoundNamesVersion: input.boolean('notFoundNamesVersion'),
    problemBodies: input.boolean('problemBodies'),
    apiKeyScope: input.oneOf('apiKeyScope', ['all', 'read', 'none']),
    bearerToken: input.nullable('bearerToken', (name) => input.text(name, 1, 2048)),
    maxConcurrentRequests: input.integer('maxConcurrentRequests', 1, 1_000_000),
    throttleRetryAfterSeconds: input.nullable('throttleRetryAfterSeconds', (name) => input.integer(name, 0, 86_400)),
    keepAliveSeconds: input.number('keepAliveSeconds', 0.001, 600),
    challengesPerFactor: input.nullable('challengesPerFactor', (name) => input.integer(name, 1, 1_000_000)),
    unverifiedFactorHours: input.number('unverifiedFactorHours', 1, 24),
    pushCredential: input.oneOf('pushCredential', ['valid', 'missing', 'rejected']),
    automaticPushTtlSeconds: input.integer('automaticPushTtlSeconds', 0, 300),
    twilioFlood: input.boolean('twilioFlood'),
    collapsible: input.boolean('collapsible'),
    apnWinner: input.oneOf('apnWinner', ['newest', 'random']),
    webhookEncoding: input.oneOf('webhookEncoding', ['form', 'json']),
    webhookCopies: input.integer('webhookCopies', 0, 10),
    webhookDelayMs: input.integer('webhookDelayMs', 0, 600_000),
    webhookReorder: input.boolean('webhookReorder'),
    webhookSharedKey: input.nullable('webhookSharedKey', (name) => input.text(name, 1, 256)),
    webhookAlgorithm: input.oneOf('webhookAlgorithm', ['HMAC_SHA256', 'HMAC_SHA1']),
    webhookBadSignature: input.boolean('webhookBadSignature'),
    webhookSignedUrl: input.nullable('webhookSignedUrl', (name) => input.text(name, 1, 2048)),
  });
}
