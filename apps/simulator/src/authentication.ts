import type { Caller } from './caller.js';
import { phoneOf } from './phone-credential.js';
import type { Twilio } from './twilio.js';

/**
 * Finds out who sent a request; undefined when nothing proves it.
 *
 * Sources: Twilio's REST security, Basic with `AC…:authToken` or `SK…:secret`, and OAuth 2.0 access tokens (switch
 * `bearerToken`); for phones their SDKs, Basic with the user `token`.
 */
export function callerOf(authorization: string | undefined, twilio: Twilio): Caller | undefined {
  const { credentials, switches } = twilio;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined && bearer === switches.bearerToken) return { kind: 'delegate', principal: 'bearer' };

  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const password = rest.join(':');
  if (user === 'token') return phoneOf(password, twilio.store, credentials.accountSid, twilio.clock.now());
  if (user === credentials.accountSid && password === credentials.authToken)
    return { kind: 'account', principal: user };
  if (user === credentials.apiKeySid && password === credentials.apiKeySecret) {
    return { kind: 'delegate', principal: user };
  }
  return undefined;
}
