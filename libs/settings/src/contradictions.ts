import { contradictionsOfRedis } from './contradictions-of-redis.js';
import { contradictionsOfSessions } from './contradictions-of-sessions.js';
import type { Settings } from './settings.js';
import { isClearText } from './urls.js';

/** Conflicts between variables that are each valid on their own: one complaint each, without any value. */
export function contradictions(settings: Settings): string[] {
  const { twilioFetchDeadlineMs, twilioCreateDeadlineMs, resendDispatchToSendMs } = settings;
  const complaints: string[] = [];
  // The Challenge is fetched once before the create, and once more when Twilio says that it was answered meanwhile.
  const busyMs = 2 * twilioFetchDeadlineMs + twilioCreateDeadlineMs + resendDispatchToSendMs;
  if (settings.resendLeaseSeconds * 1000 <= busyMs) {
    complaints.push(`RESEND_LEASE_SECONDS: must be longer than all Twilio deadlines together, ${busyMs} ms`);
  }
  if (Math.min(...settings.resendCooldownSeconds) * 1000 <= twilioCreateDeadlineMs + resendDispatchToSendMs) {
    complaints.push(
      'RESEND_COOLDOWN_SECONDS: each must be longer than TWILIO_CREATE_DEADLINE_MS and RESEND_DISPATCH_TO_SEND_MS together',
    );
  }
  if (settings.port === settings.privatePort && settings.port !== 0) {
    complaints.push('PRIVATE_PORT: must differ from PORT');
  }
  if (settings.events && settings.maxConnections <= settings.eventsMaxStreams) {
    complaints.push(
      'MAX_CONNECTIONS: must be higher than EVENTS_MAX_STREAMS, because every open stream is a connection',
    );
  }
  if (settings.maxRequestsInFlight <= settings.twilioMaxConcurrent + settings.twilioQueueLimit) {
    complaints.push(
      'MAX_REQUESTS_IN_FLIGHT: must be higher than TWILIO_MAX_CONCURRENT and TWILIO_QUEUE_LIMIT together',
    );
  }
  complaints.push(...contradictionsOfTwilio(settings));
  complaints.push(...contradictionsOfRedis(settings), ...contradictionsOfSessions(settings));
  return complaints;
}

function contradictionsOfTwilio(settings: Settings): string[] {
  const { twilioApiKeySid, twilioApiKeySecret, twilioOauthClientId, twilioOauthClientSecret } = settings;
  const complaints: string[] = [];
  const hasOauth = twilioOauthClientId !== undefined;
  if (hasOauth && (twilioApiKeySid !== undefined || twilioApiKeySecret !== undefined)) {
    complaints.push('TWILIO_OAUTH_CLIENT_ID: set either an OAuth app or an API key, not both');
  }
  if (!hasOauth && twilioOauthClientSecret !== undefined) {
    complaints.push('TWILIO_OAUTH_CLIENT_ID: is required with TWILIO_OAUTH_CLIENT_SECRET');
  }
  const takesWebhooks = settings.twilioAuthToken.length > 0 || settings.twilioWebhookKeys.length > 0;
  if (takesWebhooks && settings.publicUrl === undefined) {
    complaints.push(
      "PUBLIC_URL: is required with TWILIO_AUTH_TOKEN and TWILIO_WEBHOOK_KEYS, because Twilio's signatures cover it",
    );
  }
  const { nodeEnv, twilioBaseUrl } = settings;
  if (nodeEnv === 'production' && twilioBaseUrl !== undefined && isClearText(twilioBaseUrl)) {
    complaints.push(
      'TWILIO_BASE_URL: must be https in production, or on this machine such as http://127.0.0.1:4010: it receives the API key',
    );
  }
  return complaints;
}
