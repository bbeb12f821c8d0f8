import { versionOfFile } from '@files/text-file.js';
import { plainText } from './plain-text.js';
import { readSettings } from './read-settings.js';
import type { SECRETS, Settings } from './settings.js';
import { variableOf } from './variable.js';

const TWILIO_SECRETS = [
  'twilioApiKeySid',
  'twilioApiKeySecret',
  'twilioOauthClientId',
  'twilioOauthClientSecret',
  'twilioAuthToken',
  'twilioWebhookKeys',
] as const satisfies readonly (typeof SECRETS)[number][];

type Environment = Readonly<Record<string, string | undefined>>;

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

/** How often the files are checked for changes, in milliseconds. */
const RECHECK_MS = 1000;

/** The secrets for Twilio that come from `<NAME>_FILE`, read again when a file changes: rotation needs no restart. */
export class TwilioSecretFiles {
  readonly #files: readonly string[];
  readonly #elapsed: () => number;
  #secrets: TwilioSecrets;
  /** Empty: a change between the reading of the settings and the first check must not be missed. */
  #version = '';
  #checkedAt: number;

  /** @param settings those that `environment` has just given */
  constructor(
    settings: Settings,
    private readonly environment: Environment,
    private readonly options: TwilioSecretFilesOptions,
  ) {
    this.#files = TWILIO_SECRETS.flatMap((name) => fileOf(environment, name) || []);
    this.#elapsed = options.elapsed ?? (() => performance.now());
    this.#secrets = settings;
    this.#checkedAt = this.#elapsed();
  }

  /** The secrets of now: looks at the files at most once a second. Never throws. */
  readonly current = (): TwilioSecrets => {
    const elapsed = this.#elapsed();
    if (this.#files.length === 0 || elapsed - this.#checkedAt < RECHECK_MS) return this.#secrets;
    this.#checkedAt = elapsed;
    const version = this.#files.map(versionOf).join(' ');
    if (version === this.#version) return this.#secrets;
    this.#version = version;
    try {
      const secrets = readSettings(this.environment);
      const isNew = TWILIO_SECRETS.some((name) => String(secrets[name]) !== String(this.#secrets[name]));
      this.#secrets = secrets;
      if (isNew) this.options.onReload();
    } catch (error) {
      this.options.onUnusable(error);
    }
    return this.#secrets;
  };
}

/** The path as the settings read it. */
function fileOf(environment: Environment, name: string): string {
  return plainText(environment[`${variableOf(name)}_FILE`] ?? '', { isSecret: false, isList: false });
}

/** A string that changes when the file changes, appears or disappears. */
function versionOf(file: string): string {
  try {
    return versionOfFile(file);
  } catch {
    return 'unreadable';
  }
}
