import type { Logger } from 'pino';
import type { Settings } from '@settings/settings.js';
import { type TwilioSecrets, TwilioSecretFiles } from '@settings/twilio-secret-files.js';
import type { Environment } from '@settings/variable.js';

/** The current Twilio secrets, with a log line for each change of their files. */
export function twilioSecretsFrom(settings: Settings, environment: Environment, log: Logger): () => TwilioSecrets {
  const files = new TwilioSecretFiles(settings, environment, {
    onReload: () => log.info({ event: 'twilio.secrets' }, 'the Twilio secrets changed; the new ones are in use'),
    onUnusable: (err) =>
      log.error(
        { event: 'twilio.secrets', err },
        'a changed file with a Twilio secret is unusable; using the previous secrets until it is fixed',
      ),
  });
  return files.current;
}

/** Logs that TWILIO_REGION and TWILIO_EDGE, which Twilio's SDKs read, have no effect here. */
export function warnOfRegion({ twilioRegion: region, twilioEdge: edge }: Settings, log: Logger): void {
  if (region !== undefined && region !== 'us1') {
    log.warn(
      { event: 'twilio.region', region },
      'TWILIO_REGION is not used: Twilio offers Verify Push in us1 only, and rejects the API keys of other regions there',
    );
  }
  if (edge !== undefined) {
    log.warn({ event: 'twilio.region', edge }, 'TWILIO_EDGE is not used: Twilio finds the nearest edge by itself');
  }
}
