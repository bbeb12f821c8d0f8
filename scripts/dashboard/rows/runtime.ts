import type { Row } from '../panel.ts';
import { RATE } from '../promql.ts';

/** The processes. */
export const RUNTIME: Row = {
  title: 'Runtime',
  panels: [
    {
      title: 'In flight',
      description: 'HTTP requests that are being worked on, on both ports.',
      unit: 'none',
      kind: 'lines',
      queries: [['push_resend_requests_in_flight', '{{instance}}']],
      width: 5,
    },
    {
      title: 'Event loop lag, p99',
      description: 'How late timers are. Above some 50 ms this instance has too much to do.',
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
      description: 'Instances of each version that is running.',
      unit: 'none',
      kind: 'number',
      queries: [['count by (version) (push_resend_build_info)', '{{version}}']],
      width: 4,
    },
  ],
};
