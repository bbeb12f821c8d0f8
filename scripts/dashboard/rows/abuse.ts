import type { Row } from '../panel.ts';
import { perMinute } from '../promql.ts';

/** Whether resends are used to attack users. */
export const ABUSE: Row = {
  title: 'Abuse',
  panels: [
    {
      title: 'Users at each limit',
      description: 'Users refused by this limit who still have to wait, over all instances.',
      unit: 'none',
      kind: 'lines',
      queries: [['max by (limit) (push_resend_users_at_limit)', '{{limit}}']],
      width: 6,
      limit: 25,
    },
    {
      title: 'Presses after a denial',
      description: 'Presses that were refused because the user had denied a push.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [
        [
          perMinute('push_resend_ledger_decisions_total{decision=~"held-after-denial|challenge-denied"}', 'decision'),
          '{{decision}}',
        ],
      ],
      width: 6,
    },
    {
      title: 'Denied, by number of resends',
      description: 'Denials after resends are a sign of push bombing.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [
        [perMinute('push_resend_challenge_outcomes_total{outcome="denied"}', 'resends'), 'resends: {{resends}}'],
      ],
      width: 6,
    },
    {
      title: 'What support did, 1 h',
      description: 'Resets, blocks and pauses through the internal API.',
      unit: 'none',
      kind: 'stacked',
      queries: [['sum by (action) (increase(push_resend_admin_actions_total[1h]))', '{{action}}']],
      width: 6,
    },
  ],
};
