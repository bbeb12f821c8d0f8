import type { Settings } from '@settings/settings.js';

/** Whose pages may use a session: ours, and those of the sites that operators name. */
export class TrustedOrigins {
  /** The origin of PUBLIC_URL; undefined if it is unset. */
  readonly own: string | undefined;
  /** Those of CORS_ORIGINS, exactly as browsers write them. */
  readonly ofOthers: ReadonlySet<string>;

  constructor({ publicUrl, corsOrigins }: Pick<Settings, 'publicUrl' | 'corsOrigins'>) {
    this.own = publicUrl && new URL(publicUrl).origin;
    this.ofOthers = new Set(corsOrigins);
  }
}
