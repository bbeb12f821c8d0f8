import { parse } from 'node:querystring';
import type { WebhookReason } from '@telemetry/metrics.js';
import twilio from 'twilio';

/** Upper bound; no Verify event has as many fields. */
const MOST_FIELDS = 64;
/** An HMAC-SHA1 in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
/** Empty, or the hash of a JSON body. */
const QUERY = /^(?:\?bodySHA256=[0-9A-Fa-f]{64})?$/;

/** One call of the webhook, as it arrived. */
export interface SignedCall {
  /** `X-Twilio-Signature`; empty when the header is missing. */
  readonly signature: string;
  /** The URL that Twilio called: from the settings, never from the request's `Host`. */
  readonly url: string;
  readonly isJson: boolean;
  readonly body: string;
}

/**
 * Why a call has not even the form of a call from Twilio. This cheap check rejects most forgeries before the SDK computes
 * up to six HMACs over everything that the forger sent.
 * @param query as received, including the question mark
 * @returns undefined for a call that may be signed
 */
export function formFault(
  { signature, isJson, body }: Omit<SignedCall, 'url'>,
  query: string,
): WebhookReason | undefined {
  if (signature === '') return 'no-signature';
  if (!SIGNATURE.test(signature)) return 'malformed';
  if (!QUERY.test(query)) return 'unexpected-query';
  return isJson || body.split('&', MOST_FIELDS + 1).length <= MOST_FIELDS ? undefined : 'too-many-fields';
}

/**
 * Whether Twilio signed this call, checked by the SDK: HMAC-SHA1 with the auth token over the URL and either every form
 * field or, for JSON, the hash of the body, which the URL carries as `bodySHA256`.
 */
export function isSignedByTwilio(authToken: string, { signature, url, isJson, body }: SignedCall): boolean {
  return isJson
    ? twilio.validateRequestWithBody(authToken, signature, url, body)
    : twilio.validateRequest(authToken, signature, url, parse(body));
}
