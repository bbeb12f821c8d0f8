import type { Form } from './call.js';
import type { Factor } from './store.js';
import { TwilioError } from './twilio-error.js';

/** What a Factor is made of, before it has a SID and an age. */
export type FactorInput = Omit<Factor, 'sid' | 'createdAt' | 'updatedAt' | 'publicKey' | 'challengesCreated'>;

export const platforms = ['apn', 'fcm', 'none'] as const;
/** Of a Factor that is no app. */
export const noConfig = { app_id: '', notification_token: null, sdk_version: null };

/** Reads what only an app has. @throws TwilioError 60306 on a missing or unknown field */
export function readPushFactor(form: Form): Pick<FactorInput, 'binding' | 'platform' | 'config'> {
  const platform = oneOf(form.required('Config.NotificationPlatform'), platforms, 'Config.NotificationPlatform');
  oneOf(form.required('Binding.Alg'), ['ES256'] as const, 'Binding.Alg');
  return {
    binding: form.required('Binding.PublicKey'),
    platform,
    config: {
      app_id: form.required('Config.AppId'),
      notification_token: platform === 'none' ? null : form.required('Config.NotificationToken'),
      sdk_version: form.text('Config.SdkVersion') ?? null,
    },
  };
}

/** @throws TwilioError 60306 when it is none of them */
export function oneOf<T extends string>(value: string, allowed: readonly T[], name: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new TwilioError(60306, `${name} must be one of ${allowed.join(', ')}`);
  return found;
}
