import type { Logger } from 'pino';
import type { SessionDirectory } from '@resend/ports.js';
import { ExpressSessions } from '@sessions/express-sessions.js';
import { IntrospectedSessions } from '@sessions/introspected-sessions.js';
import { JwtSessions } from '@sessions/jwt-sessions.js';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import { MemorySessionStore, RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import type { Settings } from '@settings/settings.js';
import { required } from '@settings/variable.js';
import { BearerCredential, CookieCredential, type SessionCredential } from '@nest/public/session-credential.js';
import type { RedisConnections } from './redis-from.js';

/** Where public requests carry their session: in a cookie, or as a bearer token. */
export function credentialFrom({ sessionStrategy, sessionCookieName }: Settings): SessionCredential {
  switch (sessionStrategy) {
    case 'express-session':
      return new CookieCredential(sessionCookieName);
    case 'token':
    case 'jwt':
    case 'introspection':
      return new BearerCredential();
  }
}

/** The adapter of SESSION_STRATEGY. */
export function sessionsFrom(settings: Settings, redis: RedisConnections | undefined, log: Logger): SessionDirectory {
  switch (settings.sessionStrategy) {
    case 'token':
      return new TokenSessions(
        redis ? new RedisSessionStore(redis.sessions, settings.redisKeyPrefix) : new MemorySessionStore(),
      );
    case 'express-session':
      return expressSessions(settings, redis);
    case 'jwt':
      return jwtSessions(settings, log);
    case 'introspection':
      return introspectedSessions(settings);
  }
}

function expressSessions(settings: Settings, redis: RedisConnections | undefined): ExpressSessions {
  if (!redis) throw new Error('SESSION_STRATEGY=express-session without a Redis, and validation let it through');
  const { sessionStoreChallengePath: challengePath } = settings;
  return new ExpressSessions(redis.sessions, {
    secrets: settings.sessionCookieSecrets,
    prefix: settings.sessionStorePrefix,
    identityPath: settings.sessionStoreIdentityPath,
    ...(challengePath && { challengePath }),
  });
}

function jwtSessions(settings: Settings, log: Logger): JwtSessions {
  return new JwtSessions(
    new JwtVerifier({
      jwksUrl: required(settings, 'sessionJwtJwksUrl'),
      issuer: required(settings, 'sessionJwtIssuer'),
      audience: required(settings, 'sessionJwtAudience'),
      algorithms: settings.sessionJwtAlgorithms,
      deadlineMs: settings.sessionProviderDeadlineMs,
      onTrouble: (err) =>
        log.warn(
          { event: 'jwks.stale', err },
          'JWKS refresh failed, using the cached keys until they are 15 minutes old',
        ),
    }),
  );
}

function introspectedSessions(settings: Settings): IntrospectedSessions {
  const { sessionIntrospectionAudience: audience, sessionIntrospectionIssuer: issuer } = settings;
  return new IntrospectedSessions({
    url: required(settings, 'sessionIntrospectionUrl'),
    clientId: required(settings, 'sessionIntrospectionClientId'),
    clientSecret: required(settings, 'sessionIntrospectionClientSecret'),
    cacheMs: settings.sessionIntrospectionCacheSeconds * 1000,
    deadlineMs: settings.sessionProviderDeadlineMs,
    ...(audience !== undefined && { audience }),
    ...(issuer !== undefined && { issuer }),
  });
}
