import { RESULTS } from '../colors.ts';
import type { Row } from '../panel.ts';
import { perMinute, quantile } from '../promql.ts';

/** Calls to Twilio, and its calls to us. */
export const TWILIO: Row = {
  title: 'Twilio',
  panels: [
    {
      title: 'Twilio calls, by result',
      description: 'ok, an error code of Twilio, or the kind of failure. 60309 must never occur.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[`${perMinute('push_resend_twilio_calls_total', 'code')} > 0`, '{{code}}']],
      width: 6,
    },
    {
      title: 'Twilio p99',
      description: 'Duration up to the last byte or the deadline.',
      unit: 's',
      kind: 'lines',
      queries: [[quantile(0.99, 'push_resend_twilio_call_duration_seconds_bucket', 'le, operation'), '{{operation}}']],
      width: 6,
    },
    {
      title: 'Breaker of each instance',
      description: 'Open: no calls to Twilio, except for one test every few seconds.',
      unit: 'none',
      kind: 'states',
      queries: [['1 - push_resend_breaker_state{state="closed"}', '{{instance}}']],
      width: 6,
      words: ['', 'open'],
    },
    {
      title: 'Webhooks, by result',
      description: 'learnt: new; known: repeated. If none arrive while pushes go out, users’ answers are noticed late.',
      unit: 'cpm',
      kind: 'stacked',
      queries: [[perMinute('push_resend_webhooks_total', 'result'), '{{result}}']],
      colors: RESULTS,
      width: 6,
    },
  ],
};
