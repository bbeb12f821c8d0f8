import { Cluster, Redis } from 'ioredis';
import { proxiesExceptForLoopback } from '@egress/proxied-dispatcher.js';
import type { Deadlines, ResendPolicy } from '@resend/policy.js';
import { VerifyGateway } from '@resend/ports.js';
import { PushResendOptionsError, type PushResendOptions, type TwilioCredentials } from '../options.js';
import type { VerifyServiceSids } from '../webhook/webhook-event.js';
import {
  DEFAULT_AUDIT,
  DEFAULT_CAPACITY,
  DEFAULT_DEADLINES,
  DEFAULT_EVENTS,
  DEFAULT_POLICY,
  DEFAULT_TAP_LIMITS,
} from './defaults.js';

/** The options with all defaults applied. */
export type CompletedOptions = ReturnType<typeof completedOptions>;

/** @throws PushResendOptionsError if a required option is missing, or for a client whose credentials cannot be used */
export function completedOptions(options: PushResendOptions) {
  const missing = (['twilio', 'redis', 'session'] as const).filter((name) => !options[name]);
  if (missing.length > 0) throw new PushResendOptionsError(missing.map((name) => `${name}: is required`));

  const twilio = options.twilio instanceof VerifyGateway ? options.twilio : credentialsOf(options.twilio);
  const { serviceSid = 'custom' } = twilio as Partial<VerifyServiceSids>;
  const policy: ResendPolicy = withDefaults(DEFAULT_POLICY, options.policy);
  const deadlines: Deadlines = withDefaults(DEFAULT_DEADLINES, options.deadlines);
  return {
    ...options,
    twilio,
    session: sessionOf(options),
    policy: { ...policy, userLimits: policy.userLimits.toSorted((a, b) => b.windowMs - a.windowMs) },
    deadlines,
    capacity: withDefaults(DEFAULT_CAPACITY, options.capacity),
    tapLimits: withDefaults(DEFAULT_TAP_LIMITS, options.tapLimits),
    audit: withDefaults(DEFAULT_AUDIT, options.audit),
    events: options.events === false ? undefined : withDefaults(DEFAULT_EVENTS, options.events),
    proxies: proxiesExceptForLoopback(options.proxies),
    keyPrefix: options.keyPrefix ?? `${prefixOf(options.redis)}push-resend:${serviceSid}:`,
    redisCommandTimeoutMs: options.redisCommandTimeoutMs ?? 250,
    problemBaseUri: options.problemBaseUri ?? 'urn:push-resend:problem:',
  };
}

/** A property that is undefined, such as an optional setting of the host, gets its default, too. */
function withDefaults<Options extends object>(defaults: Options, given: Partial<Options> = {}): Options {
  const parts = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(parts) };
}

/** The key prefix of the host's own client: a Redis ACL may allow no other keys. */
function prefixOf(redis: PushResendOptions['redis']): string {
  if (redis instanceof Redis || redis instanceof Cluster) return redis.options.keyPrefix ?? '';
  return '';
}

/** The host's connect-redis store uses the host's client, so that client's own prefix is in front of its records, too. */
function sessionOf({ session, redis }: PushResendOptions): PushResendOptions['session'] {
  if (typeof session === 'function' || session.strategy !== 'express-session') return session;
  return { ...session, prefix: prefixOf(redis) + session.prefix };
}

function credentialsOf(twilio: Exclude<PushResendOptions['twilio'], VerifyGateway>): TwilioCredentials {
  if (!('client' in twilio)) return twilio;
  const { client, serviceSid } = twilio;
  const { accountSid = '', username = '', password = '', region, edge } = client;
  const isElsewhere = (region ?? 'us1') !== 'us1' || (edge !== undefined && edge !== '');
  if (username === '' || password === '' || isElsewhere) {
    throw new PushResendOptionsError([
      'twilio.client: must have an API key or an auth token, and no region or edge; pass the credentials instead',
    ]);
  }
  return { accountSid, apiKeySid: username, apiKeySecret: password, serviceSid };
}
