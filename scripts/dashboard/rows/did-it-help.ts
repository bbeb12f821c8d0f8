import { OUTCOMES } from '../colors.ts';
import type { Row } from '../panel.ts';
import { perMinute, quantile } from '../promql.ts';

/** Whether resends lead to answers. */
export const DID_IT_HELP: Row = {
  title: 'Did it help',
  panels: [
    {
      title: 'Share of logins that needed a resend',
      description:
        'Among the Challenges known to have ended. If it doubles, pushes probably do not arrive. Without webhooks most logins without a resend are unknown, so it reads too high.',
      unit: 'percentunit',
      kind: 'lines',
      queries: [['push_resend:needed_resend:ratio_rate15m', 'needed a resend']],
      width: 6,
      limit: 0.2,
    },
    {
      title: 'Approved, by number of resends',
      description: 'Share of ended Challenges that were approved: shows the effect of one more resend.',
      unit: 'percentunit',
      kind: 'lines',
      queries: [
        [
          'sum by (resends) (rate(push_resend_challenge_outcomes_total{outcome="approved"}[1h])) / sum by (resends) (rate(push_resend_challenge_outcomes_total[1h]))',
          'resends: {{resends}}',
        ],
      ],
      width: 6,
    },
    {
      title: 'Time from the last resend to an answer',
      description: 'An approval within 3 s probably answers the previous push.',
      unit: 's',
      kind: 'lines',
      queries: [
        [quantile(0.5, 'push_resend_resend_to_outcome_seconds_bucket', 'le, outcome'), '{{outcome}}, median'],
        [quantile(0.9, 'push_resend_resend_to_outcome_seconds_bucket', 'le, outcome'), '{{outcome}}, p90'],
      ],
      width: 6,
    },
    {
      title: 'Answers to resent Challenges',
      description:
        'Expired: the push did not arrive, or the user did not look. Denied: probably someone else pressed the button.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_challenge_outcomes_total{resends!="0"}', 'outcome'), '{{outcome}}']],
      colors: OUTCOMES,
      width: 6,
    },
  ],
};
