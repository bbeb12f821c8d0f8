import { parse } from 'node:querystring';
import type { WebhookReason } from '@telemetry/metrics.js';
import twilio from 'twilio';

/** Upper bound; no Verify event has as many fields. */
const MOST_FIELDS = 64;
/** An HMAC in base64, by the algorithm's name at Twilio. */
const SIGNATURES: ReadonlyMap<string, RegExp> = new Map([
  ['HMAC_SHA1', /^[A-Za-z0-9+/]{27}=$/],
  ['HMAC_SHA256', /^[A-Za-z0-9+/]{43}=$/],
]);
/** Empty, or the hash of a JSON body. */
const QUERY = /^(?:\?bodySHA256=[0-9A-Fa-f]{64})?$/;

/** Secrets that Twilio may have signed a webhook with; several during rotation. */
export interface SigningSecrets {
  /** The account's auth tokens. */
  readonly authTokens: readonly string[];
  /** The secrets of shared keys (Twilio's Webhooks configuration API), which sign instead of the auth token. */
  readonly sharedKeys: readonly string[];
}

/** One call of the webhook, as it arrived. */
export interface SignedCall {
  /** `X-Twilio-Signature`; empty when the header is missing. */
  readonly signature: string;
  /** `X-Twilio-Webhooks-Signature-Settings`, which only calls that a shared key signed have. */
  readonly settings?: string | undefined;
  /** The URL that Twilio called: from the settings, never from the request's `Host`. */
  readonly url: string;
  readonly isJson: boolean;
  readonly body: string;
}

/**
 * Why a call does not even look like one from Twilio. This cheap check rejects most forgeries before the SDK computes
 * up to six HMACs for each secret over everything that the forger sent.
 * @param query as received, including the question mark
 * @returns undefined for a call that may be signed
 */
export function formFault(
  { signature, settings, isJson, body }: Omit<SignedCall, 'url'>,
  query: string,
): WebhookReason | undefined {
  if (signature === '') return 'no-signature';
  if (SIGNATURES.get(algorithmOf(settings))?.test(signature) !== true) return 'malformed';
  if (!QUERY.test(query)) return 'unexpected-query';
  return isJson || body.split('&', MOST_FIELDS + 1).length <= MOST_FIELDS ? undefined : 'too-many-fields';
}

/**
 * Whether Twilio signed this call, checked by the SDK: an HMAC over the URL and either every form field or, for JSON, the
 * hash of the body, which the URL carries as `bodySHA256`.
 *
 * The caller chooses the settings header, so it decides little: with it only shared keys count, by an algorithm that
 * Twilio offers for them; without it only auth tokens, by HMAC-SHA1. The key's id in it is not used.
 */
export function isSignedByTwilio(secrets: SigningSecrets, call: SignedCall): boolean {
  const algorithm = algorithmOf(call.settings);
  if (!SIGNATURES.has(algorithm)) return false;
  const possible = call.settings === undefined ? secrets.authTokens : secrets.sharedKeys;
  // With an empty secret anyone could sign.
  return possible.some((secret) => secret !== '' && isSignedWith(secret, algorithm, call));
}

function isSignedWith(secret: string, algorithm: string, { signature, url, isJson, body }: SignedCall): boolean {
  return isJson
    ? twilio.validateRequestWithBody(secret, signature, url, body, algorithm)
    : twilio.validateRequest(secret, signature, url, parse(body), algorithm);
}

function algorithmOf(settings: string | undefined): string {
  return twilio.getSignatureAlgorithm(settings);
}
