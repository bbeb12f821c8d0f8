import { INTERNAL_PROBLEMS, PROBLEMS, type ProblemCode } from '@nest/answers/problems.js';
import { problemBody } from '@nest/answers/problem.filter.js';

/** Errors of HTTP itself, possible on every path. */
const ANYWHERE: readonly ProblemCode[] = [
  'not-acceptable',
  'request-timeout',
  'uri-too-long',
  'headers-too-large',
  'internal-error',
];
/** Errors of requests with a body. */
const WITH_BODY: readonly ProblemCode[] = ['payload-too-large', 'unsupported-media-type'];

const REQUEST_ID = '4f9c1d0e-6f0b-4a7c-9d43-5a1f0c2b7e88';

/**
 * Codes → OpenAPI responses: one for each status, with an example for each code.
 * @param isInternal whether internal consumers get them
 */
export function problemResponses(codes: readonly ProblemCode[], hasBody: boolean, baseUri: string, isInternal = false) {
  const problems = isInternal ? INTERNAL_PROBLEMS : PROBLEMS;
  const all = new Set([...codes, ...ANYWHERE, ...(hasBody ? WITH_BODY : [])]);
  const byStatus = Map.groupBy(all, (code) => PROBLEMS[code].status);
  return [...byStatus].map(([status, same]) => ({
    status,
    description: same.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
    headers: {
      'Request-Id': { $ref: '#/components/headers/Request-Id' },
      ...(status === 401 || same.includes('insufficient-scope')
        ? { 'WWW-Authenticate': { $ref: '#/components/headers/WWW-Authenticate' } }
        : {}),
      ...(status === 429 || status === 503 ? { 'Retry-After': { $ref: '#/components/headers/Retry-After' } } : {}),
    },
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(same.map((code) => [code, { value: exampleOf(code, baseUri, problems) }])),
      },
    },
  }));
}

const WAITS: Partial<Record<ProblemCode, number>> = {
  'cooling-down': 24,
  'user-limit': 642,
  'held-after-denial': 480,
  'resend-in-progress': 8,
  'too-many-requests': 41,
};

function exampleOf(code: ProblemCode, baseUri: string, problems: typeof PROBLEMS) {
  const { status } = problems[code];
  const wait = WAITS[code] ?? (status === 503 ? 1 : undefined);
  const errors = [{ pointer: '/ttl', message: 'must be a whole number of seconds' }];
  return {
    ...problemBody(code, REQUEST_ID, baseUri, wait, problems),
    ...(wait !== undefined && { retryAfterSeconds: wait }),
    ...(code === 'invalid-request' && { errors }),
  };
}
