import { OpsController } from '../src/ops/ops.controller.js';
import type { DescribedOperation, Operation } from './operation.js';

const OPERATOR = { tag: 'operators', caller: 'anybody', problems: [] } as const satisfies Partial<Operation>;
const READY = { status: 'ok', checks: { ledger: 'ok', sessions: 'ok', draining: false } };

/** What orchestrators and Prometheus call. */
export const OPS_OPERATIONS: readonly DescribedOperation[] = [
  [
    OpsController,
    'live',
    {
      ...OPERATOR,
      id: 'getLiveness',
      summary: 'Does the process answer?',
      answers: { 200: { description: 'It does.', schema: 'Liveness', example: { status: 'ok' } } },
    },
  ],
  [
    OpsController,
    'ready',
    {
      ...OPERATOR,
      id: 'getReadiness',
      summary: 'Should this instance get requests?',
      description:
        'Looks at Redis and whether the instance is leaving. Not at Twilio: without it every instance is the same.',
      answers: {
        200: { description: 'It should.', schema: 'Readiness', example: READY },
        503: {
          description: 'It should not: Redis is not to be reached, may forget resends, or the instance is leaving.',
          schema: 'Readiness',
          example: { status: 'unavailable', checks: { ...READY.checks, draining: true } },
        },
      },
    },
  ],
  [
    OpsController,
    'scrape',
    {
      ...OPERATOR,
      id: 'getMetrics',
      summary: 'Metrics for Prometheus',
      answers: {
        200: {
          description: 'The text exposition format.',
          mediaType: 'text/plain',
          example: 'push_resend_requests_total{operation="resend",outcome="sent",code="none"} 1204\n',
        },
      },
    },
  ],
];
