/** Headers of answers, as components of the OpenAPI document. */
export const HEADERS = {
  'Request-Id': {
    description: 'Names this request in the logs: the one that came with it, or a new one.',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Whole seconds, rounded up: earlier the answer is the same.',
    schema: { type: 'integer', minimum: 1 },
  },
  'RateLimit-Policy': {
    description:
      'The limits: of the Challenge, then of the user, shortest window first (draft-ietf-httpapi-ratelimit-headers).',
    schema: { type: 'string' },
    example: '"challenge";q=2, "user-15m";q=5;w=900, "user-24h";q=10;w=86400',
  },
  RateLimit: {
    description: 'What is left of them, and the seconds until a used one is free again.',
    schema: { type: 'string' },
    example: '"challenge";r=1, "user-15m";r=4;t=900, "user-24h";r=9;t=86400',
  },
  'Idempotent-Replayed': {
    description: 'This answer was given before, and no other push was sent.',
    schema: { type: 'string', enum: ['true'] },
  },
};

export type HeaderName = keyof typeof HEADERS;
