import { randomBytes } from 'node:crypto';

/** A Twilio SID: two capitals and 32 hexadecimal digits. */
export function newSid(prefix: 'VA' | 'YE' | 'YF' | 'YC' | 'NT' | 'YK' | 'YW' | 'CR' | 'RQ'): string {
  return prefix + randomBytes(16).toString('hex');
}
