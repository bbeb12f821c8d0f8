import type { Form } from './form.js';
import type { NewFactor } from './new-factor.js';
import { readPushChange, readPushFactor } from './push-factor.js';
import type { Factor, FactorType } from './records.js';
import type { ServiceSettings } from './service-settings.js';
import { readTotpConfig, readTotpFactor } from './totp-factor.js';

/** @throws TwilioError 60306 on a missing or impossible field */
export function readNewFactor(form: Form, type: FactorType, name: string, settings: ServiceSettings): NewFactor {
  switch (type) {
    case 'push':
      return readPushFactor(form);
    case 'totp':
      return readTotpFactor(form, name, settings);
    case 'passkeys':
      return { platform: 'none', publicKey: null, config: settings.passkeys, binding: {} };
    default:
      return type satisfies never;
  }
}

/** What an update changes of a Factor of this type. @throws TwilioError 60306 on an impossible field */
export function readFactorChange(form: Form, { platform, config }: Factor): Pick<Factor, 'platform' | 'config'> {
  if ('app_id' in config) return readPushChange(form, platform, config);
  if ('alg' in config) return { platform, config: readTotpConfig(form, config) };
  return { platform, config };
}
