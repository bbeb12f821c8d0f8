import { bodies } from './scenarios/bodies.js';
import { COOKIE_SETTINGS, cookies } from './scenarios/cookies.js';
import { cors, CORS_SETTINGS } from './scenarios/cors.js';
import { internalCalls } from './scenarios/internal.js';
import { CONSUMER_KEYS, internalRefusals } from './scenarios/internal-refusals.js';
import { draining, pauses } from './scenarios/operations.js';
import { httpOnPrivatePort, httpOnPublicPort, portsApart } from './scenarios/ports.js';
import { strangers } from './scenarios/strangers.js';
import { taps } from './scenarios/taps.js';
import * as troubles from './scenarios/troubles.js';
import * as twilio from './scenarios/twilio.js';
import { WEBHOOK_SETTINGS, webhooks } from './scenarios/webhooks.js';
import type { Scenario, Stage } from './scene.js';

/** A Redis on a busy machine is no broken one. */
const PATIENT_WITH_REDIS = { REDIS_COMMAND_TIMEOUT_MS: '5000' };

/** In the real time of a Redis: what takes seconds in tests must not end, and nothing may stand on an edge. */
const IN_REDIS = {
  ...PATIENT_WITH_REDIS,
  RESEND_COALESCE_SECONDS: '10',
  RESEND_DENY_HOLD_SECONDS: '595',
};

/** Those that need no clock to be moved. */
function inRealTime(scenarios: readonly Scenario[]): Scenario[] {
  return scenarios.filter(({ steps }) => !steps.some(({ movesClock }) => movesClock));
}

/** Everything that is played. A stage is a service of its own; the first one's metrics are those of every service. */
export const STAGES: readonly Stage[] = [
  { name: 'taps', scenarios: [...taps, ...strangers] },
  { name: 'bodies', scenarios: bodies },
  { name: 'HTTP on the public port', scenarios: [...httpOnPublicPort, ...portsApart] },
  { name: 'HTTP on the private port', scenarios: httpOnPrivatePort },
  {
    name: 'internal API',
    keys: CONSUMER_KEYS,
    scenarios: [...internalCalls, ...internalRefusals],
  },
  { name: 'pause', scenarios: pauses },
  { name: 'drain', settings: { ...WEBHOOK_SETTINGS, ...CORS_SETTINGS }, scenarios: draining },
  { name: 'webhooks', settings: WEBHOOK_SETTINGS, scenarios: webhooks },
  { name: 'CORS', settings: CORS_SETTINGS, scenarios: cors },
  { name: 'cookies', settings: { ...IN_REDIS, ...COOKIE_SETTINGS }, redis: true, scenarios: cookies },
  { name: 'faults of Twilio', settings: twilio.PATIENT, scenarios: twilio.faults },
  ...(['fetchChallenge', 'createNotification'] as const).map((operation) => ({
    name: `a ${operation} that takes too long`,
    settings: twilio.IMPATIENT,
    isSlow: true as const,
    scenarios: twilio.slowFaults(operation),
  })),
  { name: 'little room', settings: twilio.NARROW, scenarios: twilio.narrow },
  { name: 'an open breaker', settings: twilio.BROKEN, time: 'real', scenarios: twilio.broken },
  { name: 'slow clients', isSlow: true, scenarios: troubles.slowClients },
  { name: 'throttled', settings: troubles.STRICT, time: 'real', scenarios: troubles.throttled },
  {
    name: 'introspection',
    settings: troubles.INTROSPECTION,
    scenarios: troubles.withoutProvider,
  },
  { name: 'JWTs', settings: troubles.JWTS, scenarios: troubles.withoutProvider },
  {
    name: 'in Redis',
    settings: { ...IN_REDIS, ...WEBHOOK_SETTINGS },
    keys: CONSUMER_KEYS,
    redis: true,
    scenarios: inRealTime([...taps, ...strangers, ...internalCalls, ...internalRefusals, ...pauses, ...webhooks]),
  },
  {
    name: 'throttled in Redis',
    settings: { ...troubles.STRICT, ...PATIENT_WITH_REDIS },
    redis: true,
    scenarios: troubles.throttled,
  },
  { name: 'a lost Redis', settings: PATIENT_WITH_REDIS, redis: true, scenarios: troubles.withoutRedis },
];
