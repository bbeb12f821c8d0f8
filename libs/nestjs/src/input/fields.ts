import { applyDecorators } from '@nestjs/common';
import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';

/** Validators for input that several routes share. Their messages are part of the response. */

/** A property that may be absent. */
export const IfGiven = () => ValidateIf((_, value) => value !== undefined);

/** Twilio's identity of the user. */
export const IsIdentity = () =>
  Matches(IDENTITY, { message: 'must be 8 to 64 letters and digits, in groups joined by single dashes' });

export const IsChallengeSid = () =>
  Matches(CHALLENGE_SID, { message: 'must be a Challenge SID: YC and 32 hexadecimal digits' });

/** Upper bound of a push's time to live, in seconds. */
export const IsTtl = () =>
  applyDecorators(Max(300), Min(0), IsInt({ message: 'must be a whole number of seconds' }), IfGiven());

/**
 * Text of people, in any script, on one line. Of the invisible characters only those that a script or an emoji needs:
 * the separators and joiners of words and letters, the marks of direction and Mongolian's vowel separator; Arabic's
 * number signs, which Unicode counts among them; and the tags in a flag such as Scotland's. Direction overrides,
 * embeddings and isolates are excluded, because they reorder what follows them in a log; tags elsewhere, soft hyphens
 * and the rest hide text.
 */
const REASON =
  // backtracks: never, since no two of the alternatives take the same character, but for a flag's first
  /^(?=.*[^\s\p{C}\p{DI}])(?:[^\p{C}\p{Zl}\p{Zp}]|[\u061C\u180E\u200B-\u200F]|[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2]|\u{1F3F4}[\u{E0061}-\u{E007A}]{5}\u{E007F}){3,280}$/u;

/** The reason for an action, for the audit trail and the log. */
export const IsReason = () =>
  Matches(REASON, { message: 'must be 3 to 280 characters on one line, without control characters' });

/** The support case or incident that an action belongs to. */
export const IsReference = () =>
  Matches(/^[\w.:/#-]{1,64}$/, { message: 'must be 1 to 64 letters, digits or any of ._:/#-' });
