/** Grafana's shortest window for a rate that suits the scrape interval. */
export const RATE = '$__rate_interval';

/** Selectors for presses of the button, and for looks at its state. */
export const PRESS = 'route="/v1/challenges/:challengeSid/notifications",method="POST"';
export const LOOK = 'route="/v1/challenges/:challengeSid",method="GET"';

/** @param bucket a histogram's bucket metric, optionally with a selector */
export function quantile(q: number, bucket: string, by = 'le'): string {
  return `histogram_quantile(${q}, sum by (${by}) (rate(${bucket}[${RATE}])))`;
}

/** The duration of successful requests. */
export function http(labels: string): string {
  return `push_resend_http_request_duration_seconds_bucket{${labels},status="2xx"}`;
}

export function perMinute(counter: string, by: string): string {
  return `sum by (${by}) (rate(${counter}[${RATE}])) * 60`;
}
