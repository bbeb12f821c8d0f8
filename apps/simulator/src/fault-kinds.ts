/** The calls that can be made to fail. */
export const faultyOperations = ['fetchChallenge', 'createNotification'] as const;
export type FaultyOperation = (typeof faultyOperations)[number];

/**
 * Every way to misbehave.
 *
 * `processed`: whether Twilio does its work all the same (a Notification is created and pushed) before the fault spoils
 * the answer. `always` and `never` can not be changed; a default can, per fault.
 */
export const faultKinds = {
  delay: { processed: 'by-default', meaning: 'the answer leaves delayMs late (1000)' },
  drip: { processed: 'by-default', meaning: 'headers at once, then one byte of the body every delayMs (20)' },
  'never-answer': { processed: 'by-default', meaning: 'the connection stays open and silent' },
  'accept-then-reset': { processed: 'always', meaning: 'TCP reset instead of the answer, after the work was done' },
  'reset-before': { processed: 'never', meaning: 'TCP reset, nothing was done' },
  'close-reused-socket': {
    processed: 'not-by-default',
    meaning: 'closes a keep-alive connection on its 2nd or later request; first requests pass',
  },
  'error-json': { processed: 'not-by-default', meaning: 'status (500) with the error body of code (20500)' },
  'error-html': { processed: 'not-by-default', meaning: 'status (502) with an HTML page' },
  'error-empty': { processed: 'not-by-default', meaning: 'status (503) without a body' },
  'error-null': { processed: 'not-by-default', meaning: 'status (500) with the JSON body null' },
  'html-success': { processed: 'by-default', meaning: 'the status of a success (or status) with an HTML page' },
  'truncated-body': { processed: 'by-default', meaning: 'half of the body, then the connection closes' },
  'endless-body': { processed: 'by-default', meaning: 'a JSON body that never ends, a piece every delayMs (10)' },
  'huge-body': { processed: 'by-default', meaning: 'the right answer with 16 MiB more in it' },
  'redirect-json': { processed: 'not-by-default', meaning: '302 with a JSON body' },
  'redirect-html': { processed: 'not-by-default', meaning: '302 with an HTML body' },
  throttled: { processed: 'never', meaning: '429, code 20429, without Retry-After' },
  'throttled-retry-after': { processed: 'never', meaning: '429, code 20429, Retry-After in seconds (30)' },
  'throttled-retry-after-date': {
    processed: 'never',
    meaning: '429, code 20429, Retry-After as an HTTP date (30 s ahead)',
  },
  'challenge-limit': { processed: 'never', meaning: '429, code 60309' },
  unauthorized: { processed: 'never', meaning: '401, code 20003' },
  'missing-dates': { processed: 'by-default', meaning: 'the answer without any of its date fields' },
  'missing-date-header': { processed: 'by-default', meaning: 'the answer without its Date header' },
  'unknown-status': { processed: 'by-default', meaning: "a Challenge in the status 'paused'" },
  'other-sid': { processed: 'by-default', meaning: 'the answer is about another Challenge' },
  'other-identity': { processed: 'by-default', meaning: 'the answer is about another identity' },
  'problem-body': { processed: 'never', meaning: 'status (400) and code (60300) in the RFC 9457 form' },
  gzip: { processed: 'by-default', meaning: 'the answer compressed, asked for or not' },
} as const satisfies Record<
  string,
  { processed: 'always' | 'never' | 'by-default' | 'not-by-default'; meaning: string }
>;

export type FaultKind = keyof typeof faultKinds;

/** `Retry-After` of the two `throttled-retry-after` kinds, in seconds, unless the fault sets another. */
export const RETRY_AFTER_SECONDS = 30;
