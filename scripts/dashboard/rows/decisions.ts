import { SETTLEMENTS } from '../colors.ts';
import type { Row } from '../panel.ts';
import { perMinute } from '../promql.ts';

/** Why presses did not send pushes. */
export const DECISIONS: Row = {
  title: 'Decisions',
  panels: [
    {
      title: 'Refused and failed, by code',
      description: 'The codes that callers got instead of a push. A refusal is a correct answer.',
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
        'Presses that were answered with an earlier push, and requests over a raw limit, refused before any other work.',
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
      description: 'Sent, returned (proven not sent), or unknown (spent, because the push may have been sent).',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_reservations_total', 'settlement'), '{{settlement}}']],
      colors: SETTLEMENTS,
      width: 8,
    },
  ],
};
