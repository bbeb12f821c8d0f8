import type { ConsumerOptions } from '@nest/options.js';
import type { Settings } from '@settings/settings.js';

/** Who may call the internal API: holders of keys in INTERNAL_API_KEYS_FILE and, if configured, of an issuer's JWTs. */
export function consumersFrom(settings: Settings): ConsumerOptions {
  const { internalApiKeysFile, internalJwtJwksUrl: jwksUrl } = settings;
  const { internalJwtIssuer: issuer, internalJwtAudience: audience } = settings;
  return {
    ...(internalApiKeysFile !== undefined && { apiKeysFile: internalApiKeysFile }),
    ...(jwksUrl !== undefined &&
      issuer !== undefined &&
      audience !== undefined && {
        jwt: {
          jwksUrl,
          issuer,
          audience,
          types: settings.internalJwtTypes,
          algorithms: settings.internalJwtAlgorithms,
          clockToleranceSeconds: settings.sessionClockToleranceSeconds,
          deadlineMs: settings.sessionProviderDeadlineMs,
        },
      }),
  };
}
