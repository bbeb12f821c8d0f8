import type { Logger } from 'pino';
import type { RedisConnections } from '@redis/connections.js';
import type { Settings } from '@settings/settings.js';
import type { TwilioSecrets } from '@settings/twilio-secret-files.js';
import type { Metrics } from '@telemetry/metrics.js';
import type { Tracing } from '@telemetry/tracing/tracing.js';
import type { ApiDocs } from './ops/api-docs.js';

/** What the service is started with. Everything else is created from it. */
export interface Surroundings {
  readonly settings: Settings;
  /** The secrets for Twilio of now. Default: those of the settings. */
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
