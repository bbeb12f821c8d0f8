import { parse } from 'node:querystring';
import twilio from 'twilio';

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
 * Whether Twilio signed this, by the SDK: HMAC-SHA1 with the auth token over the address and either every field of the
 * form or, for JSON, the hash of the body that the address carries as `bodySHA256`.
 */
export function isSignedByTwilio(authToken: string, { signature, url, isJson, body }: SignedCall): boolean {
  return isJson
    ? twilio.validateRequestWithBody(authToken, signature, url, body)
    : twilio.validateRequest(authToken, signature, url, parse(body));
}
