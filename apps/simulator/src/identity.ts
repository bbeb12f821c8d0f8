import type { Form } from './form.js';
import { TwilioError } from './twilio-error.js';

/** Twilio: 8 to 64 characters, alphanumeric parts separated by dashes. */
export function isIdentity(text: string): boolean {
  return text.length >= 8 && text.length <= 64 && /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(text);
}

/** The `Identity` of a form. @throws TwilioError 60306 */
export function readIdentity(form: Form): string {
  const identity = form.required('Identity');
  if (!isIdentity(identity)) throw new TwilioError(60306, 'Identity has 8 to 64 letters, digits and single dashes');
  return identity;
}
