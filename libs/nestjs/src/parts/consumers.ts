import { JwtVerifier } from '@sessions/jwt-verifier.js';
import type { Log } from '@telemetry/log.js';
import { ApiKeys } from '../internal/api-keys.js';
import { type Consumers, CredentialConsumers, HostConsumers } from '../internal/consumers.js';
import type { CompletedOptions } from './completed-options.js';
import { unusableKeysLogged } from './unusable-keys-logged.js';

/** Identifies callers of the internal routes: by API key and JWT, or anyone whom the host's guards admit. */
export function consumersOf({ consumers, actor, proxies }: CompletedOptions, log: Log): Consumers {
  if (!consumers) return new HostConsumers(actor);
  const keys = new ApiKeys(consumers.apiKeysFile, (err) =>
    log.error(
      { event: 'api-keys.unreadable', err },
      'API keys file is invalid; using the previous keys until it is fixed',
    ),
  );
  if (!consumers.jwt) return new CredentialConsumers(keys);
  const onTrouble = (err: Error) =>
    log.warn({ event: 'internal-jwt.keys', err }, 'JWKS refresh failed, using cached keys for a few more minutes');
  const onUnusableKeys = unusableKeysLogged(log, consumers.jwt.issuer);
  return new CredentialConsumers(
    keys,
    new JwtVerifier({ ...consumers.jwt, ...(proxies && { proxies }), onTrouble, onUnusableKeys }),
  );
}
