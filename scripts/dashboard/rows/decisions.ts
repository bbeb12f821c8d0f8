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
    {
      title: 'Refused sessions, by reason',
      description: 'Why requests to the public API have no valid session. docs/sessions.md explains each reason.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[`${perMinute('push_resend_sessions_refused_total', 'reason')} > 0`, '{{reason}}']],
      width: 12,
    },
    {
      title: 'Refused callers and webhooks, by reason',
      description: 'Why internal callers have no valid API key or JWT, and why webhooks count as unsigned.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [
        [`${perMinute('push_resend_consumers_refused_total', 'reason')} > 0`, 'caller: {{reason}}'],
        [`${perMinute('push_resend_webhooks_refused_total', 'reason')} > 0`, 'webhook: {{reason}}'],
      ],
      width: 12,
    },
  ],
};
