import type { PushResendOptions, TwilioCredentials } from '@nest/options.js';
import { WEBHOOK_ROUTE } from '../http/paths.js';
import type { Surroundings } from '../surroundings.js';

type Given = Pick<Surroundings, 'settings' | 'twilioSecrets'>;

/** The module's option. Secrets are functions, because those from files may change. */
export function twilioFrom({ settings, twilioSecrets: now = () => settings }: Given): TwilioCredentials {
  const { twilioAccountSid: accountSid, twilioVerifyServiceSid: serviceSid, twilioBaseUrl: baseUrl } = settings;
  const service = { accountSid, serviceSid, ...(baseUrl !== undefined && { baseUrl }) };
  // The settings have been validated: those of an OAuth app are there together, else those of an API key.
  if (settings.twilioOauthClientId === undefined) {
    return {
      ...service,
      apiKeySid: () => now().twilioApiKeySid ?? '',
      apiKeySecret: () => now().twilioApiKeySecret ?? '',
    };
  }
  return {
    ...service,
    oauth: {
      clientId: () => now().twilioOauthClientId ?? '',
      clientSecret: () => now().twilioOauthClientSecret ?? '',
    },
  };
}

/** The module's option; none without a secret that signs webhooks. */
export function webhookFrom({
  settings,
  twilioSecrets: now = () => settings,
}: Given): Pick<PushResendOptions, 'webhook'> {
  const { twilioAuthToken, twilioWebhookKeys, publicUrl } = settings;
  if (twilioAuthToken.length === 0 && twilioWebhookKeys.length === 0) return {};
  return {
    webhook: {
      authToken: () => now().twilioAuthToken,
      sharedKeys: () => now().twilioWebhookKeys,
      url: `${publicUrl}${WEBHOOK_ROUTE}`,
    },
  };
}
