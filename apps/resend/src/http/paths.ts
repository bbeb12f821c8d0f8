/** The two ports of the service: the public one for login screens and Twilio, the private one for consumers and ops. */
export type Surface = 'public' | 'private';

/** The paths of the module's routes in this service. */
export const PATHS = {
  public: 'v1/challenges',
  internal: 'internal/v1',
  webhook: 'webhooks/twilio/verify',
} as const;

/** Polled by orchestrators and Prometheus every few seconds, on the private port. */
export const ROUTINE: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics']);

/** The route of event streams, in the router's form. */
export const EVENTS_ROUTE = `/${PATHS.public}/:challengeSid/events`;

/** The path in the router's form. Twilio calls it below PUBLIC_URL. */
export const WEBHOOK_ROUTE = `/${PATHS.webhook}`;
