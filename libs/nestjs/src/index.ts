/** `@push-resend/nestjs`: resends for Twilio Verify Push in a Nest application. */
export { PROBLEMS, type NextAction, type Problem, type ProblemCode } from './answers/problems.js';
export type { ResendStatus, StandingBody } from './answers/standing-body.js';
export type { EventOptions } from './events/event-streams.js';
export { Drain } from './lifecycle/drain.js';
export {
  type HealthIndicatorEntry,
  type HealthIndicatorResult,
  PushResendHealthIndicator,
} from './lifecycle/health-indicator.js';
export {
  type Capacity,
  type ConsumerOptions,
  type HostRequest,
  type JwtOptions,
  PushResendOptionsError,
  type PushResendOptions,
  type SessionOf,
  type SessionStrategy,
  type TwilioApiKey,
  type TwilioClient,
  type TwilioCredentials,
} from './options.js';
export {
  DEFAULT_CAPACITY,
  DEFAULT_DEADLINES,
  DEFAULT_EVENTS,
  DEFAULT_POLICY,
  DEFAULT_TAP_LIMITS,
} from './parts/defaults.js';
export { Parts } from './parts/parts.js';
export { type PushResendExtras, PushResendModule } from './push-resend.module.js';
export type { HostGuard } from './routes/routed.js';
export type { PushResendRoutes, RouteOptions } from './routes/routes.js';
export type { WebhookOptions } from './webhook/webhook.controller.js';
export type { TapLimits } from './throttling/tap-limits.js';
export type { Proxies } from '@egress/proxied-dispatcher.js';
export type { Deadlines, ResendPolicy, UserLimit } from '@resend/policy.js';
export { type Attribution, type SentNotification, type Session, type Standing, VerifyGateway } from '@resend/ports.js';
export type { RefusalCode } from '@resend/refusal-codes.js';
export { Refusal, type RefusalDetails } from '@resend/refusals.js';
export { type ResendResult, ResendService, type Resent, type Tap } from '@resend/resend.service.js';
export type { Log, LogLine } from '@telemetry/log.js';
