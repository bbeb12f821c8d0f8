import type { Logger } from 'pino';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import type { Settings } from '@settings/settings.js';
import { required } from '@settings/variable.js';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { Consumers } from '@nest/internal/consumers.js';

/** Who may call the internal API: API keys of INTERNAL_API_KEYS_FILE, and JWTs of the issuer of INTERNAL_JWT_JWKS_URL. */
export function consumersFrom(settings: Settings, log: Logger): Consumers {
  const keys = new ApiKeys(settings.internalApiKeysFile, (err) =>
    log.error(
      { event: 'api-keys.unreadable', err },
      'INTERNAL_API_KEYS_FILE can not be used, the keys read before stay valid; correct the file',
    ),
  );
  return new Consumers(keys, internalJwtsFrom(settings, log));
}

function internalJwtsFrom(settings: Settings, log: Logger): JwtVerifier | undefined {
  const { internalJwtJwksUrl: jwksUrl } = settings;
  if (jwksUrl === undefined) return undefined;
  return new JwtVerifier({
    jwksUrl,
    issuer: required(settings, 'internalJwtIssuer'),
    audience: required(settings, 'internalJwtAudience'),
    algorithms: settings.internalJwtAlgorithms,
    deadlineMs: settings.sessionProviderDeadlineMs,
    onTrouble: (err) =>
      log.warn(
        { event: 'internal-jwt.keys', err },
        'JWKS refresh failed, using the cached keys until they are 15 minutes old',
      ),
  });
}
