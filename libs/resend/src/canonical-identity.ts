/** Two letters and 32 hexadecimal digits, as Twilio's own SIDs. */
const SID = /^[A-Za-z]{2}[0-9a-fA-F]{32}$/;

/**
 * The one spelling of an identity. Twilio answers an identity that has the form of a SID in its own case of letters, in
 * fetches as in webhooks, so all of its spellings are one user. Of any other identity the case counts.
 */
export function canonicalIdentity(identity: string): string {
  return SID.test(identity) ? identity.slice(0, 2).toUpperCase() + identity.slice(2).toLowerCase() : identity;
}
