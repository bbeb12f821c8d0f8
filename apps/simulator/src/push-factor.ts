import { readPublicKey } from './es256.js';
import type { PushConfig } from './factor-config.js';
import type { Form } from './form.js';
import type { NewFactor } from './new-factor.js';
import type { Platform } from './records.js';
import { TwilioError } from './twilio-error.js';

const platforms = ['apn', 'fcm', 'none'] as const;

/** The app on a phone. @throws TwilioError 60306 on a missing field or one out of its documented bounds */
export function readPushFactor(form: Form): NewFactor {
  const platform = form.requiredOneOf('Config.NotificationPlatform', platforms);
  const alg = form.requiredOneOf('Binding.Alg', ['ES256']);
  const public_key = form.required('Binding.PublicKey');
  const publicKey = readPublicKey(public_key);
  if (!publicKey) throw new TwilioError(60306, 'Binding.PublicKey must be a P-256 key in PKIX DER, in base64');
  const token = readToken(form);
  if (token === undefined && platform !== 'none') throw new TwilioError(60306, 'Config.NotificationToken is required');
  const config: PushConfig = {
    app_id: form.required('Config.AppId', 100),
    notification_token: platform === 'none' ? null : (token ?? null),
    sdk_version: form.text('Config.SdkVersion') ?? null, // documented as required; accepted without
  };
  return { platform, publicKey, config, binding: { public_key, alg } };
}

/** Where an update says that pushes go from now on. @throws TwilioError 60306 */
export function readPushChange(form: Form, platform: Platform, config: PushConfig) {
  return {
    platform: form.oneOf('Config.NotificationPlatform', platforms) ?? platform,
    config: {
      ...config,
      notification_token: readToken(form) ?? config.notification_token,
      sdk_version: form.text('Config.SdkVersion') ?? config.sdk_version,
    },
  };
}

function readToken(form: Form): string | undefined {
  const token = form.text('Config.NotificationToken', 255);
  if (token !== undefined && token.length < 32) {
    throw new TwilioError(60306, 'Config.NotificationToken is shorter than 32');
  }
  return token;
}
