/** Response headers, as components of the OpenAPI document. */
export const HEADERS = {
  'Request-Id': {
    description: 'The id of this request in the logs: the caller’s own, or a new one.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description:
      '`Bearer`, with an `error` of RFC 6750 if a token was sent: `invalid_token`, or `insufficient_scope` with the scope that the call needs. Absent where sessions are cookies.',
    schema: { type: 'string' },
    example: 'Bearer error="invalid_token"',
  },
  'Retry-After': {
    description: 'Whole seconds, rounded up. Retrying sooner returns the same answer.',
    schema: { type: 'integer', minimum: 1 },
  },
  'RateLimit-Policy': {
    description:
      'The limits: of the Challenge, then of the user, shortest window first (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string' },
    example: '"challenge";q=2, "user-15m";q=5;w=900, "user-24h";q=10;w=86400',
  },
  RateLimit: {
    description: 'What is left of each limit, and the seconds until the next one becomes available.',
    schema: { type: 'string' },
    example: '"challenge";r=1, "user-15m";r=4;t=900, "user-24h";r=9;t=86400',
  },
  'Idempotent-Replayed': {
    description: 'This answer repeats an earlier one; no other push was sent.',
    schema: { type: 'string', enum: ['true'] },
  },
};

export type HeaderName = keyof typeof HEADERS;
