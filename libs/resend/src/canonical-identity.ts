/** Two letters and 32 hexadecimal digits, as Twilio's own SIDs. */
const SID = /^[A-Za-z]{2}[0-9a-fA-F]{32}$/;

/**
 * The canonical form of an identity. If an identity looks like a SID, Twilio returns it in its own letter case, in
 * fetches and webhooks, so all of its spellings are one user. Other identities are case-sensitive.
 */
export function canonicalIdentity(identity: string): string {
  return SID.test(identity) ? identity.slice(0, 2).toUpperCase() + identity.slice(2).toLowerCase() : identity;
}
