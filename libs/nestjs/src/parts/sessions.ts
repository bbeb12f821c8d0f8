import type { RedisConnections } from '@redis/connections.js';
import type { SessionDirectory } from '@resend/ports.js';
import { ExpressSessions } from '@sessions/express-sessions.js';
import { IntrospectedSessions } from '@sessions/introspected-sessions.js';
import { JwtSessions } from '@sessions/jwt-sessions.js';
import { JwtVerifier } from '@sessions/jwt-verifier.js';
import { MemorySessionStore, RedisSessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import type { Log } from '@telemetry/log.js';
import type { SessionStrategy } from '../options.js';
import {
  BEARER,
  CookieCredential,
  DirectorySessions,
  HostSessions,
  type SessionSource,
} from '../public/session-source.js';
import type { CompletedOptions } from './completed-options.js';
import { unusableKeysLogged } from './unusable-keys-logged.js';

interface Surroundings {
  readonly redis: RedisConnections | undefined;
  readonly log: Log;
}

/** Finds the sessions of public requests and, with the strategy `token`, registers sessions. */
export function sessionsOf(
  options: CompletedOptions,
  { redis, log }: Surroundings,
): { readonly sessions: SessionSource; readonly tokenSessions: TokenSessions | undefined } {
  const { session } = options;
  if (typeof session === 'function') return { sessions: new HostSessions(session, log), tokenSessions: undefined };
  const directory = directoryOf(session, options, { redis, log });
  const credential =
    session.strategy === 'express-session' ? new CookieCredential(session.cookieName ?? 'connect.sid') : BEARER;
  return {
    sessions: new DirectorySessions(directory, credential, isStored(session)),
    tokenSessions: directory instanceof TokenSessions ? directory : undefined,
  };
}

function isStored({ strategy }: SessionStrategy): boolean {
  return strategy === 'token' || strategy === 'express-session';
}

function directoryOf(
  session: SessionStrategy,
  { keyPrefix, proxies }: CompletedOptions,
  { redis, log }: Surroundings,
): SessionDirectory {
  const through = proxies && { proxies };
  switch (session.strategy) {
    case 'token':
      return new TokenSessions(redis ? new RedisSessionStore(redis.sessions, keyPrefix) : new MemorySessionStore());
    case 'express-session':
      if (!redis) throw new Error('express-session needs a Redis');
      return new ExpressSessions(redis.sessions, session);
    case 'jwt': {
      const onTrouble = (err: Error) =>
        log.warn({ event: 'jwks.stale', err }, 'JWKS refresh failed, using cached keys for a few more minutes');
      const onUnusableKeys = unusableKeysLogged(log, session.issuer);
      return new JwtSessions(new JwtVerifier({ ...session, ...through, onTrouble, onUnusableKeys }), session);
    }
    case 'introspection':
      return new IntrospectedSessions({ ...session, ...through });
  }
}
