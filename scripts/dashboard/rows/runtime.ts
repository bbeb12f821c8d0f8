import type { Row } from '../panel.ts';
import { perMinute, RATE } from '../promql.ts';

/** The processes. */
export const RUNTIME: Row = {
  title: 'Runtime',
  panels: [
    {
      title: 'In flight',
      description: 'HTTP requests in progress, on both ports.',
      unit: 'none',
      kind: 'lines',
      queries: [['push_resend_requests_in_flight', '{{instance}}']],
      width: 5,
    },
    {
      title: 'Event loop lag, p99',
      description: 'How late timers run. Above about 50 ms the instance is overloaded.',
      unit: 's',
      kind: 'lines',
      queries: [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']],
      width: 5,
    },
    {
      title: 'CPU',
      description: 'Cores that each instance uses.',
      unit: 'none',
      kind: 'lines',
      queries: [[`rate(process_cpu_seconds_total[${RATE}])`, '{{instance}}']],
      width: 5,
    },
    {
      title: 'Memory',
      description: 'Resident memory of each instance.',
      unit: 'bytes',
      kind: 'lines',
      queries: [['process_resident_memory_bytes', '{{instance}}']],
      width: 5,
    },
    {
      title: 'Version',
      description: 'Number of instances of each running version.',
      unit: 'none',
      kind: 'number',
      queries: [['count by (version) (push_resend_build_info)', '{{version}}']],
      width: 4,
    },
    {
      title: 'Clients turned away',
      description: 'Requests and connections that were refused before any work.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_http_turned_away_total', 'reason'), '{{reason}}']],
      width: 12,
    },
    {
      title: 'Connections',
      description: 'Open connections of clients, by port.',
      unit: 'none',
      kind: 'lines',
      queries: [['sum by (instance, surface) (push_resend_http_connections)', '{{instance}} {{surface}}']],
      width: 12,
    },
  ],
};
