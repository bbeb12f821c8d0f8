import { isDecodable } from './is-decodable.js';
import type { Settings } from './settings.js';

/** Between the settings of sessions, of internal JWT, and of the sites that may use them. */
export function contradictionsOfSessions(settings: Settings): string[] {
  const { sessionStrategy, sessionJwtJwksUrl, sessionIntrospectionUrl, sessionStoreRedisUrl, corsOrigins } = settings;
  const { internalJwtJwksUrl } = settings;
  const complaints: string[] = [];
  if (settings.nodeEnv === 'production') {
    if (sessionStrategy === 'jwt' && !sessionJwtJwksUrl.startsWith('https:'))
      complaints.push('SESSION_JWT_JWKS_URL: must be https in production: whoever can change keys can be anybody');
    if (sessionStrategy === 'introspection' && !sessionIntrospectionUrl.startsWith('https:'))
      complaints.push('SESSION_INTROSPECTION_URL: must be https in production: it is told tokens and our secret');
    if (internalJwtJwksUrl.startsWith('http:'))
      complaints.push('INTERNAL_JWT_JWKS_URL: must be https in production: whoever can change keys can be anybody');
  }
  const users = tokensOfUsers(settings);
  const isSameIssuer = users?.issuer === '' || users?.issuer === settings.internalJwtIssuer;
  if (users && internalJwtJwksUrl !== '' && isSameIssuer && users.audience === settings.internalJwtAudience) {
    complaints.push(`INTERNAL_JWT_AUDIENCE: must be another one than ${users.named}: users' tokens would open it`);
  }
  if (sessionStoreRedisUrl !== '') {
    if (!isDecodable(sessionStoreRedisUrl))
      complaints.push('SESSION_STORE_REDIS_URL: must be a URL; escape what is special in its password');
    if (settings.redisSessionUsername !== '' || settings.redisSessionPassword !== '')
      complaints.push(
        'SESSION_STORE_REDIS_URL: has its own user; REDIS_SESSION_USERNAME and its password are for REDIS_URL',
      );
  }
  if (corsOrigins !== '' && !corsOrigins.split(',').every(isOrigin)) {
    complaints.push('CORS_ORIGINS: must be origins as browsers write them: lower case, no default port, no path');
  }
  return complaints;
}

/** What the chosen sessions look at in users' tokens, where they are tokens of an issuer; an empty word is any. */
function tokensOfUsers(settings: Settings) {
  switch (settings.sessionStrategy) {
    case 'jwt': {
      const { sessionJwtIssuer: issuer, sessionJwtAudience: audience } = settings;
      return { issuer, audience, named: 'SESSION_JWT_AUDIENCE' };
    }
    case 'introspection': {
      const { sessionIntrospectionIssuer: issuer, sessionIntrospectionAudience: audience } = settings;
      return { issuer, audience, named: 'SESSION_INTROSPECTION_AUDIENCE' };
    }
    default:
      return undefined;
  }
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
