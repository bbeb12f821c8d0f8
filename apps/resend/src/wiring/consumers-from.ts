import type { Logger } from 'pino';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import type { Settings } from '@settings/settings.js';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { Consumers } from '@nest/internal/consumers.js';

/** Who may call the internal API: by INTERNAL_API_KEYS_FILE, and by JWTs where the settings name their issuer. */
export function consumersFrom(settings: Settings, log: Logger): Consumers {
  const keys = new ApiKeys(settings.internalApiKeysFile, (err) =>
    log.error(
      { event: 'api-keys.unreadable', err },
      'INTERNAL_API_KEYS_FILE can not be used; the keys read before stay valid',
    ),
  );
  if (settings.internalJwtJwksUrl === '') return new Consumers(keys);
  const tokens = new JwtVerifier({
    jwksUrl: settings.internalJwtJwksUrl,
    issuer: settings.internalJwtIssuer,
    audience: settings.internalJwtAudience,
    algorithms: settings.internalJwtAlgorithms.split(','),
    deadlineMs: settings.sessionProviderDeadlineMs,
    onTrouble: (err) => log.warn({ event: 'internal-jwt.keys', err }, 'the keys had before are still believed'),
  });
  return new Consumers(keys, tokens);
}
