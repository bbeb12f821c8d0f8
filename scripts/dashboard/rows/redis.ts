import type { Row } from '../panel.ts';
import { perMinute, quantile } from '../promql.ts';

/** The ledger. */
export const REDIS: Row = {
  title: 'Redis',
  panels: [
    {
      title: 'Ledger p99',
      description: 'One round trip and one script per operation.',
      unit: 's',
      kind: 'lines',
      queries: [
        [
          quantile(
            0.99,
            'push_resend_ledger_duration_seconds_bucket{operation=~"reserve|dispatch|settle|look|learn"}',
            'le, operation',
          ),
          '{{operation}}',
        ],
      ],
      width: 8,
    },
    {
      title: 'Ledger errors',
      description: 'Failed commands to the ledger: the caller got ledger-unavailable, and nothing was sent.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_ledger_errors_total', 'operation'), '{{operation}}']],
      width: 8,
    },
    {
      title: 'Not ready',
      description: 'The part that makes an instance not ready.',
      unit: 'none',
      kind: 'states',
      queries: [['1 - push_resend_ready', '{{instance}} {{part}}']],
      width: 8,
      words: ['', 'not ready'],
    },
  ],
};
