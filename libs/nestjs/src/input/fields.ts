import { applyDecorators } from '@nestjs/common';
import { IsInt, Matches, Max, Min, ValidateIf } from 'class-validator';
import { CHALLENGE_SID, IDENTITY } from '@resend/patterns.js';

/** Validators for input that several routes share. The message of each one goes out in the answer. */

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

/** The reason for an action, for the audit trail and the log. */
export const IsReason = () =>
  Matches(/^(?=.*\S)\P{C}{3,280}$/u, { message: 'must be 3 to 280 characters on one line' });

/** The support case or incident that an action belongs to. */
export const IsReference = () =>
  Matches(/^[\w.:/#-]{1,64}$/, { message: 'must be 1 to 64 letters, digits or any of ._:/#-' });
