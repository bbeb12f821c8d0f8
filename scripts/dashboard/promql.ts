/** Grafana's window for a rate: as short as the scrapes allow. */
export const RATE = '$__rate_interval';

/** The requests of the button, and of the screen that asks for its state. */
export const PRESS = 'route="/v1/challenges/:challengeSid/notifications",method="POST"';
export const LOOK = 'route="/v1/challenges/:challengeSid",method="GET"';

/** @param bucket a histogram's buckets, with a selector if any */
export function quantile(q: number, bucket: string, by = 'le'): string {
  return `histogram_quantile(${q}, sum by (${by}) (rate(${bucket}[${RATE}])))`;
}

/** The duration of requests that were answered well. */
export function http(labels: string): string {
  return `push_resend_http_request_duration_seconds_bucket{${labels},status="2xx"}`;
}

export function perMinute(counter: string, by: string): string {
  return `sum by (${by}) (rate(${counter}[${RATE}])) * 60`;
}
