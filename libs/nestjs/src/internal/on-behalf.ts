import { IsIdentity } from '../input/fields.js';
import { HttpProblem } from '../answers/problems.js';

export class IdentityParams {
  /** Twilio's identity of the user. */
  @IsIdentity()
  readonly identity!: string;
}

/** Of this service's own kinds, and the beginning of every JWT. */
const CREDENTIAL = /pr[sk]_|eyJ/;

/**
 * Reasons and references are kept for weeks, in a place where users have no names and credentials are not.
 * @throws HttpProblem with a pointer to each field that holds the identity, or what looks like a credential
 */
export function mustNameNobody(words: Readonly<Record<string, string | undefined>>, identity?: string): void {
  const errors = Object.entries(words).flatMap(([field, text = '']) => {
    const isNamed = identity !== undefined && text.toLowerCase().includes(identity.toLowerCase());
    if (isNamed) return [{ pointer: `/${field}`, message: 'must not name the user: the path does' }];
    return CREDENTIAL.test(text) ? [{ pointer: `/${field}`, message: 'must not hold a credential' }] : [];
  });
  if (errors.length > 0) throw new HttpProblem('invalid-request', { errors });
}
