import { Matches } from 'class-validator';
import { IDENTITY } from '@resend/patterns.js';
import { HttpProblem } from '../problems.js';

export class IdentityParams {
  /** Twilio's identity of the user. */
  @Matches(IDENTITY, { message: 'must be 8 to 64 letters and digits, in groups joined by single dashes' })
  readonly identity!: string;
}

/** Why something is done, for the audit trail and the log. */
export const REASON = /^(?=.*\S)\P{C}{3,280}$/u;
export const REASON_MESSAGE = 'must be 3 to 280 characters on one line';
/** The case it belongs to. */
export const REFERENCE = /^[\w.:/#-]{1,64}$/;
export const REFERENCE_MESSAGE = 'must be 1 to 64 letters, digits or any of ._:/#-';

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
