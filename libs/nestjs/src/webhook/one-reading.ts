/**
 * The fields that decide what an event means, each with the values for which it decides something. An identity, which has
 * no underscore, ends where the next name begins: one of those that Twilio has, or may have, directly behind it.
 */
const DECIDING = {
  account_sid: /account_sid(AC[0-9a-fA-F]{32})/g,
  challenge_sid: /challenge_sid(YC[0-9a-fA-F]{32})/g,
  entity_identity: /entity_identity(.*?(?=(?:entity|event|expiration|factor|service)_|$))/gs,
  service_sid: /service_sid(VA[0-9a-fA-F]{32})/g,
  type: /type(challenge\.(?:approved|denied))/g,
};

/**
 * Whether a signed form can be read in one way only. Twilio signs the names and values one behind the other, without
 * separators: whoever has a signed form can split the same text elsewhere, and the signature still fits.
 *
 * So no name may be there twice, and wherever a deciding field stands in the text, it must say what the form's own field
 * says. Then every other split of the text either says the same, or is refused here. Other fields do not matter: Twilio
 * may add some.
 *
 * @param form repeated fields have a list of values
 */
export function hasOneReading(form: Readonly<Record<string, string | readonly string[] | undefined>>): boolean {
  if (!Object.values(form).every((value) => typeof value === 'string')) return false;
  const names = Object.keys(form).toSorted();
  const signed = names.map((name) => `${name}${String(form[name])}`).join('');
  return Object.entries(DECIDING).every(([name, field]) =>
    [...signed.matchAll(field)].every(([, value]) => value === form[name]),
  );
}
