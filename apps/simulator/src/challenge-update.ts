import type { Answer, Call } from './call.js';
import type { Challenges } from './challenges.js';
import { isSignedFor, statusAt } from './challenge-state.js';
import type { Clock } from './clock.js';
import { readSigned } from './es256.js';
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
  const payload = form.text('AuthPayload', 5456);
  if (payload === undefined) {
    call.warn(
      'INJECTED PATH? An update of the Challenge itself without AuthPayload: a Challenge SID ending in # does this to ' +
        'a call meant for /Notifications. No backend should ever send it.',
    );
  }
  const status = statusAt(challenge, clock.now());
  if (status === 'expired') throw new TwilioError(60323);
  if (status !== 'pending') throw new TwilioError(60322);
  if (payload === undefined) throw new TwilioError(60306, 'AuthPayload is required');
  const metadata = form.textMap('Metadata');

  const claims = challenge.factor.publicKey && readSigned(payload, challenge.factor.publicKey)?.claims;
  const answer = claims?.status;
  if (!claims || (answer !== 'approved' && answer !== 'denied')) throw new TwilioError(60324);
  if (!isSignedFor(claims, challenges.json(challenge, call))) throw new TwilioError(60324);

  challenge.metadata = metadata;
  void challenges.respond(challenge, answer);
  return {
    status: 200,
    body: challenges.json(challenge, call),
    headers: { 'Twilio-Verify-Challenge-Signature': payload.split('.')[2] ?? '' },
    effect: `challenge-${answer}`,
  };
}
