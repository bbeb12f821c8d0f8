import { SETTLEMENTS } from '../colors.ts';
import type { Row } from '../panel.ts';
import { perMinute } from '../promql.ts';

/** Why presses were not pushes. */
export const DECISIONS: Row = {
  title: 'Decisions',
  panels: [
    {
      title: 'Refused and failed, by code',
      description: 'What callers were told instead of a push. A refusal is a correct answer.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [
        [
          `${perMinute('push_resend_requests_total{operation=~"resend|resend-on-behalf",outcome=~"refused|failed"}', 'code')} > 0`,
          '{{code}}',
        ],
      ],
      width: 8,
    },
    {
      title: 'Second taps, and throttled ones',
      description:
        'Presses that were answered with an earlier push, and requests that were refused before anybody was asked.',
      unit: 'cpm',
      kind: 'lines',
      queries: [
        [perMinute('push_resend_requests_total{outcome="replayed"}', 'operation'), '{{operation}}'],
        [perMinute('push_resend_throttled_total', 'throttler, asked'), 'throttled: {{asked}} of one {{throttler}}'],
      ],
      width: 8,
    },
    {
      title: 'What became of reservations',
      description: 'Sent, given back (proven not sent), or unknown: spent, as it may have gone out.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_reservations_total', 'settlement'), '{{settlement}}']],
      colors: SETTLEMENTS,
      width: 8,
    },
  ],
};
