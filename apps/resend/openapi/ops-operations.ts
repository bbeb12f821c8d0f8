import { OpsController } from '../src/ops/ops.controller.js';
import type { DescribedOperation, Operation } from './operation.js';

const OPERATOR = { tag: 'operators', caller: 'anybody', problems: [] } as const satisfies Partial<Operation>;
const READY = { status: 'ok', checks: { ledger: 'ok', sessions: 'ok', draining: false } };

/** The operations for orchestrators and Prometheus. */
export const OPS_OPERATIONS: readonly DescribedOperation[] = [
  [
    OpsController,
    'live',
    {
      ...OPERATOR,
      id: 'getLiveness',
      summary: 'Liveness',
      answers: { 200: { description: 'The process answers.', schema: 'Liveness', example: { status: 'ok' } } },
    },
  ],
  [
    OpsController,
    'ready',
    {
      ...OPERATOR,
      id: 'getReadiness',
      summary: 'Readiness: whether this instance should receive requests',
      description:
        'Checks Redis, and whether the instance is shutting down. Does not check Twilio, whose outage affects all instances alike.',
      answers: {
        200: { description: 'It is ready.', schema: 'Readiness', example: READY },
        503: {
          description:
            'Not ready: Redis is unreachable, unsafe or refuses writes; another instance uses a different IDENTITY_HASH_SECRET; or the instance is shutting down.',
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
