import type { Attribution } from '@resend/ports.js';
import { HttpProblem } from '../answers/problems.js';
import { IsIdentity } from '../input/fields.js';
import { attributionOf, type HttpRequest } from '../requests/request-context.js';

export class IdentityParams {
  /** Twilio's identity of the user. */
  @IsIdentity()
  readonly identity!: string;
}

/** The prefixes of our own credentials and of JWTs. */
const CREDENTIAL = /pr[sk]_|eyJ/;

/** Invisible characters, such as joiners, which could hide an identity. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * The caller and its reason, checked for the audit trail. Reasons and references are kept there for weeks, so they must
 * contain neither identities nor credentials.
 *
 * @throws HttpProblem with a pointer to each field that holds the identity, or what looks like a credential
 */
export function attributed(
  request: HttpRequest,
  why: { readonly reason?: string | undefined; readonly reference?: string | undefined },
  identity?: string,
): Attribution {
  const errors = Object.entries(why).flatMap(([field, given = '']) => {
    const text = given.replaceAll(INVISIBLE, '');
    const isNamed = identity !== undefined && text.toLowerCase().includes(identity.toLowerCase());
    if (isNamed) return [{ pointer: `/${field}`, message: 'must not contain the user: the path does' }];
    return CREDENTIAL.test(text) ? [{ pointer: `/${field}`, message: 'must not hold a credential' }] : [];
  });
  if (errors.length > 0) throw new HttpProblem('invalid-request', { errors });
  const { reason, reference } = why;
  return attributionOf(request, {
    ...(reason !== undefined && { reason }),
    ...(reference !== undefined && { reference }),
  });
}
