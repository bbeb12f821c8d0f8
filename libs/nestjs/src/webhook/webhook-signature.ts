import { parse } from 'node:querystring';
import twilio from 'twilio';

/** More fields than any event of Verify has. */
const MOST_FIELDS = 64;
/** An HMAC-SHA1 in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{27}=$/;
/** Nothing, or the hash of a body of JSON. */
const QUERY = /^(?:\?bodySHA256=[0-9A-Fa-f]{64})?$/;

/** One call of the webhook, as it arrived. */
export interface SignedCall {
  /** Its X-Twilio-Signature; empty where there is none. */
  readonly signature: string;
  /** The address that Twilio called: by the settings, never by what the request says of its host. */
  readonly url: string;
  readonly isJson: boolean;
  readonly body: string;
}

/**
 * Whether a call has the form of one by Twilio. What has not is not signed either, and to know this costs next to
 * nothing: the SDK computes up to six HMACs over all that a forger sends.
 * @param query as it was received, with its question mark
 */
export function looksSigned({ signature, isJson, body }: Omit<SignedCall, 'url'>, query: string): boolean {
  if (!SIGNATURE.test(signature) || !QUERY.test(query)) return false;
  return isJson || body.split('&', MOST_FIELDS + 1).length <= MOST_FIELDS;
}

/**
 * Whether Twilio signed this, by the SDK: HMAC-SHA1 with the auth token over the address and either every field of the
 * form or, for JSON, the hash of the body that the address carries as `bodySHA256`.
 */
export function isSignedByTwilio(authToken: string, { signature, url, isJson, body }: SignedCall): boolean {
  return isJson
    ? twilio.validateRequestWithBody(authToken, signature, url, body)
    : twilio.validateRequest(authToken, signature, url, parse(body));
}
