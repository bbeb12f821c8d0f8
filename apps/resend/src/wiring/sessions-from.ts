import type { SessionStrategy } from '@nest/options.js';
import type { Settings } from '@settings/settings.js';
import { required } from '@settings/variable.js';

type IdentityPrefix = { readonly identityPrefix?: string };

function prefixFrom({ sessionIdentityPrefix: identityPrefix }: Settings): IdentityPrefix {
  return identityPrefix === undefined ? {} : { identityPrefix };
}

function scopeFrom({ sessionScope: scope }: Settings): { readonly scope?: string } {
  return scope === undefined ? {} : { scope };
}

/** The module's option for the configured strategy. The settings have been validated, so required ones are present. */
export function sessionFrom(settings: Settings): SessionStrategy {
  switch (settings.sessionStrategy) {
    case 'token':
      return { strategy: 'token' };
    case 'express-session': {
      const { sessionStoreChallengePath: challengePath } = settings;
      return {
        strategy: 'express-session',
        cookieName: settings.sessionCookieName,
        secrets: settings.sessionCookieSecrets,
        prefix: settings.sessionStorePrefix,
        identityPath: settings.sessionStoreIdentityPath,
        ...prefixFrom(settings),
        ...(challengePath !== undefined && { challengePath }),
      };
    }
    case 'jwt':
      return {
        strategy: 'jwt',
        jwksUrl: required(settings, 'sessionJwtJwksUrl'),
        issuer: required(settings, 'sessionJwtIssuer'),
        audience: settings.sessionJwtAudience,
        audienceClaim: settings.sessionJwtAudienceClaim,
        types: settings.sessionJwtTypes,
        algorithms: settings.sessionJwtAlgorithms,
        clockToleranceSeconds: settings.sessionClockToleranceSeconds,
        identityPath: settings.sessionIdentityClaim,
        ...prefixFrom(settings),
        ...scopeFrom(settings),
        deadlineMs: settings.sessionProviderDeadlineMs,
      };
    case 'introspection': {
      const { sessionIntrospectionAudience: audience, sessionIntrospectionIssuer: issuer } = settings;
      return {
        strategy: 'introspection',
        url: required(settings, 'sessionIntrospectionUrl'),
        clientId: required(settings, 'sessionIntrospectionClientId'),
        clientSecret: required(settings, 'sessionIntrospectionClientSecret'),
        clientAuthentication: settings.sessionIntrospectionClientAuthentication,
        clockToleranceSeconds: settings.sessionClockToleranceSeconds,
        identityPath: settings.sessionIdentityClaim,
        ...prefixFrom(settings),
        ...scopeFrom(settings),
        cacheMs: settings.sessionIntrospectionCacheSeconds * 1000,
        deadlineMs: settings.sessionProviderDeadlineMs,
        ...(audience !== undefined && { audience }),
        ...(issuer !== undefined && { issuer }),
      };
    }
  }
}
