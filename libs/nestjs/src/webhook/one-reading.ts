/**
 * The significant fields of an event, each at every place where a value of it may follow. Lookaheads, so that no match
 * hides another one that begins inside it.
 *
 * An identity, which has no underscore, ends where the next name begins: one of those that Twilio has, or may have, directly
 * behind it. A type is that of any event, including ignored ones; the name behind it may be part of the match.
 */
const DECIDING = {
  account_sid: /(?=account_sid(AC[0-9a-fA-F]{32}))/g,
  challenge_sid: /(?=challenge_sid(YC[0-9a-fA-F]{32}))/g,
  entity_identity: /(?=entity_identity(.*?(?=(?:entity|event|expiration|factor|service)_|$)))/gs,
  service_sid: /(?=service_sid(VA[0-9a-fA-F]{32}))/g,
  type: /(?=type([a-z_]+\.[a-z_]+))/g,
};

/**
 * Whether a signed form has only one reading. Twilio signs the concatenated names and values without separators: anyone
 * with a signed form can split the same text differently, and the signature still matches.
 *
 * So no name may occur twice, and wherever a significant field occurs in the text, it must equal the form's own field.
 * Then every other split of the text either means the same, or is refused here. Other fields do not matter: Twilio may
 * add some.
 *
 * @param form repeated fields have a list of values
 */
export function hasOneReading(form: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  if (!Object.values(form).every((value) => typeof value === 'string')) return false;
  const names = Object.keys(form).toSorted();
  const signed = names.map((name) => `${name}${String(form[name])}`).join('');
  return Object.entries(DECIDING).every(([name, field]) => {
    const own = form[name];
    // No type that Twilio documents is the beginning of another.
    const begins = (value: string) => name === 'type' && typeof own === 'string' && value.startsWith(own);
    return [...signed.matchAll(field)].every(([, value = '']) => value === own || begins(value));
  });
}
