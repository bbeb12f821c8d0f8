/** Injection token of the ResendPolicy, which is no class. */
export const RESEND_POLICY = Symbol('ResendPolicy');
