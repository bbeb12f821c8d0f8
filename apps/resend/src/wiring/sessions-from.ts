import type { Logger } from 'pino';
import type { SessionDirectory } from '@resend/ports.js';
import { ExpressSessions } from '@sessions/express-sessions.js';
import { IntrospectedSessions } from '@sessions/introspected-sessions.js';
import { JwtSessions } from '@sessions/jwt-sessions.js';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import { MemorySessionStore, RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import type { Settings } from '@settings/settings.js';
import { BearerCredential, CookieCredential, type SessionCredential } from '@nest/public/session-credential.js';
import type { RedisConnections } from './redis-from.js';

/** Where public requests carry their credential: only a cookie is not a bearer token. */
export function credentialFrom({ sessionStrategy, sessionCookieName }: Settings): SessionCredential {
  return sessionStrategy === 'express-session' ? new CookieCredential(sessionCookieName) : new BearerCredential();
}

/** The adapter that SESSION_STRATEGY names. */
export function sessionsFrom(settings: Settings, redis: RedisConnections | undefined, log: Logger): SessionDirectory {
  switch (settings.sessionStrategy) {
    case 'express-session':
      return expressSessions(settings, redis);
    case 'jwt':
      return new JwtSessions(
        new JwtVerifier({
          jwksUrl: settings.sessionJwtJwksUrl,
          issuer: settings.sessionJwtIssuer,
          audience: settings.sessionJwtAudience,
          algorithms: settings.sessionJwtAlgorithms.split(','),
          deadlineMs: settings.sessionProviderDeadlineMs,
          onTrouble: (err) =>
            log.warn({ event: 'jwks.stale', err }, 'keys had before are still used, for a few minutes'),
        }),
      );
    case 'introspection':
      return introspectedSessions(settings);
    default:
      return new TokenSessions(
        redis ? new RedisSessionStore(redis.sessions, settings.redisKeyPrefix) : new MemorySessionStore(),
      );
  }
}

function expressSessions(settings: Settings, redis: RedisConnections | undefined): ExpressSessions {
  if (!redis) throw new Error('the settings let express-session through without a Redis');
  const { sessionStoreChallengePath: challengePath } = settings;
  return new ExpressSessions(redis.sessions, {
    secrets: settings.sessionCookieSecrets.split(','),
    prefix: settings.sessionStorePrefix,
    identityPath: settings.sessionStoreIdentityPath,
    ...(challengePath !== '' && { challengePath }),
  });
}

function introspectedSessions(settings: Settings): IntrospectedSessions {
  const { sessionIntrospectionAudience: audience, sessionIntrospectionIssuer: issuer } = settings;
  return new IntrospectedSessions({
    url: settings.sessionIntrospectionUrl,
    clientId: settings.sessionIntrospectionClientId,
    clientSecret: settings.sessionIntrospectionClientSecret,
    cacheMs: settings.sessionIntrospectionCacheSeconds * 1000,
    deadlineMs: settings.sessionProviderDeadlineMs,
    ...(audience !== '' && { audience }),
    ...(issuer !== '' && { issuer }),
  });
}
