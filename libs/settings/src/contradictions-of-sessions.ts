import type { Settings } from './settings.js';
import { isClearText } from './urls.js';

/** Conflicts between the settings of sessions and of internal JWTs. */
export function contradictionsOfSessions(settings: Settings): string[] {
  const { sessionStrategy, sessionJwtJwksUrl, sessionIntrospectionUrl, internalJwtJwksUrl } = settings;
  const complaints: string[] = [];
  if (settings.nodeEnv === 'production') {
    if (sessionStrategy === 'jwt' && isExposed(sessionJwtJwksUrl))
      complaints.push('SESSION_JWT_JWKS_URL: must be https in production: replaced keys would let anyone sign tokens');
    if (sessionStrategy === 'introspection' && isExposed(sessionIntrospectionUrl))
      complaints.push(
        'SESSION_INTROSPECTION_URL: must be https in production: it receives tokens and our client secret',
      );
    if (isExposed(internalJwtJwksUrl))
      complaints.push('INTERNAL_JWT_JWKS_URL: must be https in production: replaced keys would let anyone sign tokens');
  }
  const users = userTokens(settings);
  if (users && internalJwtJwksUrl !== undefined) {
    const isSameIssuer = users.issuer === undefined || users.issuer === settings.internalJwtIssuer;
    if (isSameIssuer && users.audiences.includes(settings.internalJwtAudience))
      complaints.push(
        `INTERNAL_JWT_AUDIENCE: must differ from ${users.variable}, or users' tokens would grant access to the internal API`,
      );
  }
  const hasSessionUser = settings.redisSessionUsername !== undefined || settings.redisSessionPassword !== undefined;
  if (settings.sessionStoreRedisUrl !== undefined && hasSessionUser)
    complaints.push(
      'SESSION_STORE_REDIS_URL: contains its own user; REDIS_SESSION_USERNAME and REDIS_SESSION_PASSWORD are for REDIS_URL',
    );
  return complaints;
}

function isExposed(url: string | undefined): boolean {
  return url !== undefined && isClearText(url);
}

interface UserTokens {
  readonly issuer: string | undefined;
  readonly audiences: readonly (string | undefined)[];
  readonly variable: string;
}

/** What the users' tokens must contain, if sessions are tokens of an issuer. An undefined value is not checked. */
function userTokens(settings: Settings): UserTokens | undefined {
  switch (settings.sessionStrategy) {
    case 'jwt': {
      const { sessionJwtIssuer: issuer, sessionJwtAudience: audiences } = settings;
      return { issuer, audiences, variable: 'SESSION_JWT_AUDIENCE' };
    }
    case 'introspection': {
      const { sessionIntrospectionIssuer: issuer, sessionIntrospectionAudience: audience } = settings;
      return { issuer, audiences: [audience], variable: 'SESSION_INTROSPECTION_AUDIENCE' };
    }
    case 'token':
    case 'express-session':
      return undefined;
  }
}
