import { MAX_LIFE_MS } from './challenge-input.js';
import { isIdentity } from './identity.js';
import { Input, InputError } from './input.js';
import type { Twilio } from './twilio.js';

const DEFAULT_LIFE_MS = 5 * 60_000;

/**
 * Makes a pending Challenge and whatever it needs: service, Entity, verified Factor, phone. Its automatic push goes
 * out like that of any Challenge.
 *
 * Fields: `identity`; `expiresInSeconds` from now (default: 5 minutes after it was made); `ageSeconds`: the Challenge
 * and its push were made that long ago (0); `platform` (what the phone has, else fcm); `factorType` (push);
 * `serviceSid` (the one of the account); `message`.
 *
 * @throws InputError on a missing, unknown or impossible field
 */
export function seedChallenge(twilio: Twilio, body: unknown) {
  const input = new Input(body);
  const identity = input.required('identity', input.text('identity', 1, 64));
  const expiresInSeconds = input.integer('expiresInSeconds', 0, 3600);
  const ageSeconds = input.integer('ageSeconds', 0, 3600) ?? 0;
  const asked = input.oneOf('platform', ['apn', 'fcm', 'none']);
  const factorType = input.oneOf('factorType', ['push', 'totp', 'passkeys']) ?? 'push';
  const serviceSid = input.matching('serviceSid', /^VA[0-9a-fA-F]{32}$/) ?? twilio.credentials.serviceSid;
  const message = input.text('message', 1, 256) ?? 'Log in to Example?';
  input.end({});
  if (!isIdentity(identity)) throw new InputError('identity must be 8 to 64 letters, digits and single dashes.');

  const now = twilio.clock.wholeSecond();
  const createdAt = now - ageSeconds * 1000;
  const expiresAt = expiresInSeconds === undefined ? createdAt + DEFAULT_LIFE_MS : now + expiresInSeconds * 1000;
  if (expiresAt > createdAt + MAX_LIFE_MS) throw new InputError('A Challenge lives 60 minutes at most.');

  const service = twilio.store.ensureService(serviceSid, createdAt);
  const entity = twilio.store.ensureEntity(service, identity, createdAt);
  const platform = asked ?? twilio.devices.of(identity).settings.platform;
  const factor = twilio.registry.ensure(entity, factorType, platform, service.settings);
  setPlatform(twilio, identity, platform);
  const challenge = { message, fields: [], hiddenDetails: null, expiresAt };
  const { sid } = twilio.challenges.add(serviceSid, entity, factor, challenge, createdAt);
  return { serviceSid, identity, challengeSid: sid };
}

/** The user has another phone now: the device, and the push Factors it is registered as. */
export function setPlatform(twilio: Twilio, identity: string, platform: 'apn' | 'fcm' | 'none'): void {
  twilio.devices.change(identity, { platform });
  for (const entity of twilio.store.entitiesOf(identity)) {
    for (const factor of entity.factors.values()) if (factor.type === 'push') factor.platform = platform;
  }
}
