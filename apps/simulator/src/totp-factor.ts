import { randomBytes } from 'node:crypto';

import type { TotpConfig } from './factor-config.js';
import type { Form } from './form.js';
import type { NewFactor } from './new-factor.js';
import type { ServiceSettings } from './service-settings.js';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A code generator, in shape only: no code is ever computed or checked. @throws TwilioError 60306 */
export function readTotpFactor(form: Form, friendlyName: string, settings: ServiceSettings): NewFactor {
  const config = readTotpConfig(form, totpDefaults(settings));
  const secret = form.matching('Binding.Secret', /^[A-Z2-7]+=*$/) ?? newSecret();
  const issuer = encodeURIComponent(settings.totp.issuer ?? settings.friendly_name);
  const uri =
    `otpauth://totp/${issuer}:${encodeURIComponent(friendlyName)}?secret=${secret}&issuer=${issuer}` +
    `&algorithm=${config.alg.toUpperCase()}&digits=${config.code_length}&period=${config.time_step}`;
  return { platform: 'none', publicKey: null, config, binding: { secret, uri } };
}

/** The configuration after a create or an update: a field that is absent keeps its current value. */
export function readTotpConfig(form: Form, current: TotpConfig): TotpConfig {
  return {
    alg: form.oneOf('Config.Alg', ['sha1', 'sha256', 'sha512']) ?? current.alg,
    skew: form.integer('Config.Skew', 0, 2) ?? current.skew,
    code_length: form.integer('Config.CodeLength', 3, 8) ?? current.code_length,
    time_step: form.integer('Config.TimeStep', 20, 60) ?? current.time_step,
  };
}

/** What the service says, else the documented defaults. */
export function totpDefaults({ totp }: ServiceSettings): TotpConfig {
  return { alg: 'sha1', skew: totp.skew ?? 1, code_length: totp.code_length ?? 6, time_step: totp.time_step ?? 30 };
}

/** 160 bits in Base32. */
function newSecret(): string {
  return Array.from(randomBytes(32), (byte) => BASE32.charAt(byte % 32)).join('');
}
