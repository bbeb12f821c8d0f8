import { ENDS } from '../colors.ts';
import type { Row } from '../panel.ts';
import { http, LOOK, perMinute, PRESS, quantile } from '../promql.ts';

/** What users experience: rate, errors, duration. */
export const USERS: Row = {
  title: 'Users',
  panels: [
    {
      title: 'Presses, by end',
      description: 'Served, refused (correctly), paused, failed by our own fault or by Twilio’s.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_presses_total', 'end'), '{{end}}']],
      colors: ENDS,
      width: 8,
    },
    {
      title: 'Failed presses against the objective',
      description:
        'Share of presses that failed in 5 minutes and in an hour. The line is the fast burn rate of Twilio’s objective: 14.4 times 0.5%.',
      unit: 'percentunit',
      kind: 'lines',
      queries: [
        ['push_resend:presses:ratio_rate5m{end=~"own-fault|provider-fault"}', '{{end}}, 5 min'],
        ['push_resend:presses:ratio_rate1h{end=~"own-fault|provider-fault"}', '{{end}}, 1 h'],
      ],
      width: 8,
      limit: 0.072,
    },
    {
      title: 'Press and look, p99',
      description: 'The 99th percentile of the duration of pushes and looks. Objectives: 2.5 s and 0.5 s.',
      unit: 's',
      kind: 'lines',
      queries: [
        [quantile(0.99, http(PRESS)), 'press, p99'],
        [quantile(0.5, http(PRESS)), 'press, median'],
        [quantile(0.99, http(LOOK)), 'look, p99'],
      ],
      width: 8,
      limit: 2.5,
    },
  ],
};
