import { isIP } from 'node:net';
import { contradictionsOfRedis } from './contradictions-of-redis.js';
import { contradictionsOfSessions } from './contradictions-of-sessions.js';
import type { Settings } from './settings.js';
import { parseUserLimits } from './user-limits.js';

/** What is wrong between variables that are each right by itself: one line for each, without a value. */
export function contradictions(settings: Settings): string[] {
  const { twilioFetchDeadlineMs, twilioCreateDeadlineMs, resendDispatchToSendMs } = settings;
  const complaints: string[] = [];
  // The Challenge is fetched once before the create, and once more when Twilio says that it was answered meanwhile.
  const busyMs = 2 * twilioFetchDeadlineMs + twilioCreateDeadlineMs + resendDispatchToSendMs;
  if (settings.resendLeaseSeconds * 1000 <= busyMs) {
    complaints.push(`RESEND_LEASE_SECONDS: must be longer than all Twilio deadlines together, ${busyMs} ms`);
  }
  const shortest = Math.min(...settings.resendCooldownSeconds.split(',').map(Number));
  if (shortest * 1000 <= twilioCreateDeadlineMs + resendDispatchToSendMs) {
    complaints.push(
      'RESEND_COOLDOWN_SECONDS: must be longer than TWILIO_CREATE_DEADLINE_MS and RESEND_DISPATCH_TO_SEND_MS together',
    );
  }
  const windows = parseUserLimits(settings.resendUserLimits).map(({ windowMs }) => windowMs);
  if (windows.some((windowMs) => windowMs > 24 * 3_600_000)) {
    complaints.push('RESEND_USER_LIMITS: no window may be longer than 24h');
  }
  if (new Set(windows).size < windows.length) complaints.push('RESEND_USER_LIMITS: one limit a window');
  if (settings.port === settings.privatePort && settings.port !== 0) {
    complaints.push('PRIVATE_PORT: must be another one than PORT');
  }
  if (settings.trustedProxies !== '' && !settings.trustedProxies.split(',').every(isAddressRange)) {
    complaints.push('TRUSTED_PROXIES: must be addresses or CIDR ranges');
  }
  if (settings.twilioAuthToken !== '' && settings.publicUrl === '') {
    complaints.push('PUBLIC_URL: is needed with TWILIO_AUTH_TOKEN, as signatures are over it');
  }
  if (settings.publicUrl !== '' && !URL.canParse(settings.publicUrl)) complaints.push('PUBLIC_URL: must be a URL');
  complaints.push(...contradictionsOfRedis(settings), ...contradictionsOfSessions(settings));
  return complaints;
}

function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && more.length === 0 && isPrefix;
}
