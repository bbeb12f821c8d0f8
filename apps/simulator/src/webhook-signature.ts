import { createHmac } from 'node:crypto';

import type { Switches } from './switches.js';

/** Names the shared key to its owner, who may have several; the form of Twilio's own examples. */
const SHARED_KEY_ID = 'webhooks_sharedkey_simulator';

/**
 * Twilio's request signature: an HMAC over the URL and the form fields, sorted by name, in base64. By default the auth
 * token signs, with SHA-1; a shared key (switch `webhookSharedKey`) signs instead of it and names its algorithm.
 * Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security and …/webhook-shared-keys (public beta).
 *
 * @param fields of a form; none for JSON, whose hash is in the URL
 */
export function signatureHeaders(
  url: string,
  fields: Readonly<Record<string, string>>,
  authToken: string,
  switches: Pick<Switches, 'webhookSharedKey' | 'webhookAlgorithm' | 'webhookBadSignature'>,
): Record<string, string> {
  const { webhookSharedKey: sharedKey, webhookBadSignature } = switches;
  const algorithm = sharedKey === null ? 'HMAC_SHA1' : switches.webhookAlgorithm;
  const secret = webhookBadSignature ? 'another secret' : (sharedKey ?? authToken);
  const names = Object.keys(fields).toSorted();
  const signed = url + names.map((name) => name + (fields[name] ?? '')).join('');
  const signature = createHmac(algorithm === 'HMAC_SHA256' ? 'sha256' : 'sha1', secret)
    .update(signed)
    .digest('base64');
  return {
    'X-Twilio-Signature': signature,
    ...(sharedKey !== null && {
      'X-Twilio-Webhooks-Signature-Settings': `key=${SHARED_KEY_ID},algorithm=${algorithm}`,
    }),
  };
}
