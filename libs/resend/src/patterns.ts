/** A Challenge's SID. The SDK does not escape path parameters, so it must never be given anything else. */
export const CHALLENGE_SID = /^YC[0-9a-fA-F]{32}$/;

/** Twilio's identity of a user: letters and digits in groups joined by single dashes, 8 to 64 characters in all. */
export const IDENTITY = /^(?=.{8,64}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/;
