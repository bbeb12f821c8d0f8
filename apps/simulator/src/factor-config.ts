import type { ServiceSettings } from './service-settings.js';

/** The app on a phone, but for its platform, which the Factor holds. */
export interface PushConfig {
  readonly app_id: string;
  readonly notification_token: string | null;
  readonly sdk_version: string | null;
}

export interface TotpConfig {
  readonly alg: 'sha1' | 'sha256' | 'sha512';
  /** Time steps that a code may be early or late. */
  readonly skew: number;
  /** Digits. */
  readonly code_length: number;
  /** Seconds. */
  readonly time_step: number;
}

/** The `config` of a Factor by its type, as answers show it. */
export type FactorConfig = PushConfig | TotpConfig | ServiceSettings['passkeys'];
