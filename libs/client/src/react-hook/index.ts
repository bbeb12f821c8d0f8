'use client';

/** The button of a login screen in React 18 or later. */
export { useResend, type ResendView, type UseResendOptions } from './use-resend.js';
