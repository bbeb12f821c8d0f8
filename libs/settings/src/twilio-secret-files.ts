import { ReloadedFiles } from '@files/reloaded-files.js';
import { plainText } from './plain-text.js';
import { readSettings } from './read-settings.js';
import type { SECRETS, Settings } from './settings.js';
import { type Environment, variableOf } from './variable.js';

const TWILIO_SECRETS = [
  'twilioApiKeySid',
  'twilioApiKeySecret',
  'twilioOauthClientId',
  'twilioOauthClientSecret',
  'twilioAuthToken',
  'twilioWebhookKeys',
] as const satisfies readonly (typeof SECRETS)[number][];

/** The secrets for Twilio, as they are now. */
export type TwilioSecrets = Pick<Settings, (typeof TWILIO_SECRETS)[number]>;

/** What happens to changed files. Neither callback may throw. */
export interface TwilioSecretFilesOptions {
  /** The content of changed files is used from now on. */
  readonly onReload: () => void;
  /** Changed files can not be used: a `SettingsError` without any value. The previous secrets stay in use. */
  readonly onUnusable: (error: unknown) => void;
  /** A monotonic clock in milliseconds. */
  readonly elapsed?: () => number;
}

/** The secrets for Twilio that come from `<NAME>_FILE`, read again when a file changes: rotation needs no restart. */
export class TwilioSecretFiles {
  readonly #secrets: ReloadedFiles<TwilioSecrets>;

  /** @param settings those that `environment` has just given */
  constructor(settings: Settings, environment: Environment, { onReload, ...options }: TwilioSecretFilesOptions) {
    const files = TWILIO_SECRETS.flatMap((name) => fileOf(environment, name) || []);
    const read = (previous: TwilioSecrets) => {
      const secrets = readSettings(environment);
      if (TWILIO_SECRETS.some((name) => String(secrets[name]) !== String(previous[name]))) onReload();
      return secrets;
    };
    this.#secrets = new ReloadedFiles<TwilioSecrets>(files, settings, { read, ...options });
  }

  /** The secrets of now: looks at the files at most once a second. Never throws. */
  readonly current = (): TwilioSecrets => this.#secrets.current();
}

/** The path as the settings read it. */
function fileOf(environment: Environment, name: string): string {
  return plainText(environment[`${variableOf(name)}_FILE`] ?? '', { isSecret: false, isList: false });
}
