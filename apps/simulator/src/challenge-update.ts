import { createPublicKey, verify, type KeyObject } from 'node:crypto';

import type { Answer, Call } from './call.js';
import type { Challenges } from './challenges.js';
import { isSignedFor, statusAt } from './challenge-state.js';
import type { Clock } from './clock.js';
import { findChallenge } from './lookup.js';
import type { Store } from './store.js';
import { TwilioError } from './twilio-error.js';

/**
 * `POST …/Challenges/{YC}`: the phone's answer, an ES256 JWT over the signature fields and `status`.
 *
 * A request without `AuthPayload` is what an unescaped `YC…#` in the SDK's Notifications path becomes. Twilio's answer
 * to it is not documented (assumed: 60306); the journal says it loudly.
 *
 * @throws TwilioError 60322, 60323, 60306, or 60324 when the signature is not the Factor's; the Challenge stays pending
 */
export function updateChallenge(store: Store, challenges: Challenges, clock: Clock, call: Call): Answer {
  const challenge = findChallenge(store, call.params);
  const form = call.form();
  const payload = form.text('AuthPayload');
  if (!payload) {
    call.warn(
      'INJECTED PATH? An update of the Challenge itself without AuthPayload: a Challenge SID ending in # does this to ' +
        'a call meant for /Notifications. No backend should ever send it.',
    );
  }
  const status = statusAt(challenge, clock.now());
  if (status === 'expired') throw new TwilioError(60323);
  if (status !== 'pending') throw new TwilioError(60322);
  if (!payload || payload.length > 5456) throw new TwilioError(60306, 'AuthPayload is required');
  const metadata = form.json('Metadata');

  const claims = challenge.factor.publicKey && readSigned(payload, challenge.factor.publicKey);
  const answer = claims?.status;
  if (!claims || (answer !== 'approved' && answer !== 'denied')) throw new TwilioError(60324);
  if (!isSignedFor(claims, challenges.json(challenge, call.baseUrl))) throw new TwilioError(60324);

  challenge.metadata = metadata;
  void challenges.respond(challenge, answer);
  return {
    status: 200,
    body: challenges.json(challenge, call.baseUrl),
    headers: { 'Twilio-Verify-Challenge-Signature': payload.split('.')[2] ?? '' },
    effect: `challenge-${answer}`,
  };
}

/** The claims of a compact ES256 JWT; null unless it is signed with the key. */
function readSigned(jwt: string, key: KeyObject): Record<string, unknown> | null {
  const [header, payload, signature, ...rest] = jwt.split('.');
  if (!header || !payload || !signature || rest.length > 0) return null;
  try {
    const { alg } = parse(header);
    const signed = Buffer.from(`${header}.${payload}`);
    const valid = verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
    return alg === 'ES256' && valid ? parse(payload) : null;
  } catch {
    return null;
  }
}

function parse(part: string): Record<string, unknown> {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  if (typeof value !== 'object' || value === null) throw new SyntaxError('not an object');
  return value as Record<string, unknown>;
}

/** A public key from PKIX DER in base64; null when it is not an elliptic-curve key. */
export function readPublicKey(base64: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' ? key : null;
  } catch {
    return null;
  }
}
