import type { Logger } from 'pino';
import type { RedisConnections } from '@redis/connections.js';
import type { Settings } from '@settings/settings.js';
import type { TwilioSecrets } from '@settings/twilio-secret-files.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import type { ApiDocs } from './ops/api-docs.js';

/** Inputs of the service. Everything else is created from them. */
export interface Surroundings {
  readonly settings: Settings;
  /** The current Twilio secrets. Default: those in the settings. */
  readonly twilioSecrets?: () => TwilioSecrets;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Default: state in this process's memory. */
  readonly redis?: RedisConnections;
  /** If given, requests are traced. */
  readonly tracing?: Tracing;
  /** If given, served at `/docs`. */
  readonly docs?: ApiDocs;
  /** Clock of the in-memory state, epoch milliseconds. */
  readonly now?: () => number;
}
