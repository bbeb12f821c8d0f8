const sid = 'YC0123456789abcdef0123456789abcdef';
const userHash = 'q83vEjRWeJCrze8SNFZ4kA';

export const SESSION_EXAMPLE = {
  id: '0123456789abcdef0123456789abcdef',
  token: 'prs_0123456789abcdef0123456789abcdef_oZ4kX2m8wq1f7b0c9d5e3a6hJtRyUvNsLpGiEaQxTzM',
  expiresAt: '2026-03-02T10:10:00.000Z',
};

export const DRY_RUN_EXAMPLE = {
  dryRun: true,
  decision: 'refuse',
  code: 'cooling-down',
  status: 429,
  retryAfterSeconds: 24,
  policies: [
    { name: 'challenge', used: 1, limit: 2 },
    { name: 'user-15m', used: 1, limit: 5, windowSeconds: 900, availableInSeconds: 0 },
    { name: 'user-24h', used: 1, limit: 10, windowSeconds: 86_400, availableInSeconds: 0 },
    { name: 'cooldown', used: 1, limit: 1, windowSeconds: 60, availableInSeconds: 24 },
    { name: 'hold-after-denial', used: 0, limit: 1, windowSeconds: 600, availableInSeconds: 0 },
  ],
  challenge: { sid, status: 'pending', expiresInSeconds: 206 },
  resend: { status: 'cooling-down', availableInSeconds: 24, remaining: 1, limit: 2 },
  nextAction: 'wait',
};

export const RESEND_STATE_EXAMPLE = {
  userHash,
  policies: DRY_RUN_EXAMPLE.policies.slice(1),
  challenges: [
    {
      sid,
      status: 'pending',
      expiresInSeconds: 206,
      ageSeconds: 94,
      resends: { used: 1, limit: 2 },
      lastResendSecondsAgo: 36,
      tap: { decision: 'refuse', code: 'cooling-down', status: 429, retryAfterSeconds: 24 },
    },
  ],
  explanation: [
    `${sid} is pending for another 3 minutes 26 seconds, and has had 1 of 2 resends, the last one 36 seconds ago; the next one is possible in 24 seconds.`,
  ],
};

export const RESET_EXAMPLE = {
  before: {
    windows: [
      { name: 'user-15m', used: 5, limit: 5, windowSeconds: 900 },
      { name: 'user-24h', used: 7, limit: 10, windowSeconds: 86_400 },
    ],
    hold: { endsInSeconds: 412 },
  },
};

export const AUDIT_PAGE_EXAMPLE = {
  events: [
    {
      id: '9f86d081884c7d659a2feaa0c55ad015',
      occurredAt: '2026-03-02T10:01:34.120Z',
      type: 'limits.reset',
      user: userHash,
      actor: 'key:desk',
      reason: 'Caller verified by phone, new handset',
      reference: 'case-48213',
      requestId: '4f9c1d0e-6f0b-4a7c-9d43-5a1f0c2b7e88',
    },
  ],
  before: '1772445694120-0',
};
