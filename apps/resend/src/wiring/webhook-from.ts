import type { Settings } from '@settings/settings.js';
import { required } from '@settings/variable.js';
import type { WebhookAccount } from '@nest/webhook/webhook.controller.js';

/** @returns undefined without TWILIO_AUTH_TOKEN: the service then takes no webhooks */
export function webhookFrom(settings: Settings): WebhookAccount | undefined {
  const { twilioAccountSid: accountSid, twilioVerifyServiceSid: serviceSid, twilioAuthToken: authToken } = settings;
  return authToken === undefined
    ? undefined
    : { accountSid, serviceSid, authToken, publicUrl: required(settings, 'publicUrl') };
}
