import { hasExpired } from './access-tokens.js';
import type { Caller } from './caller.js';
import { readHeader, readSigned } from './es256.js';
import type { Store } from './store.js';

/*
 * What the SDKs of phones send as the password of the user `token`, read from the sources of Twilio's Verify SDKs for
 * Android and iOS. How Twilio checks it is an assumption.
 */

/**
 * The phone behind a password: an access token registers one; afterwards it is a JWT that the key of its Factor signed.
 *
 * @param now simulated ms
 */
export function phoneOf(password: string, store: Store, accountSid: string, now: number): Caller | undefined {
  return newPhoneOf(password, store, now) ?? registeredPhoneOf(password, store, accountSid, now);
}

function newPhoneOf(password: string, store: Store, now: number): Caller | undefined {
  for (const service of store.services.values()) {
    for (const accessToken of service.accessTokens.values()) {
      if (accessToken.token !== password || hasExpired(accessToken, now)) continue;
      return { kind: 'new-phone', principal: accessToken.sid, service, accessToken };
    }
  }
  return undefined;
}

/** Header `cty` and `kid` (the credential SID of the Factor), claims `sub` (the account), `nbf` and `exp`, in seconds. */
function registeredPhoneOf(jwt: string, store: Store, accountSid: string, now: number): Caller | undefined {
  const kid = readHeader(jwt)?.kid;
  const phone = typeof kid === 'string' ? store.phoneByCredential(kid) : undefined;
  const signed = phone?.factor.publicKey && readSigned(jwt, phone.factor.publicKey);
  if (!phone || !signed) return undefined;
  const { sub, nbf, exp } = signed.claims;
  const isInTime = typeof nbf === 'number' && typeof exp === 'number' && nbf * 1000 <= now && now < exp * 1000;
  if (signed.header.cty !== 'twilio-pba;v=1' || sub !== accountSid || !isInTime) return undefined;
  return { kind: 'phone', principal: phone.factor.sid, ...phone };
}
