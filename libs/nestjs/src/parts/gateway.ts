import { VerifyGateway } from '@resend/ports.js';
import type { CallTracing } from '@telemetry/tracing/tracing.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import type { CallMetrics } from '../observing/call-metrics.js';
import type { CheckedOptions } from './checked-options.js';

/** The gateway to Twilio, with metrics, log lines and, if tracing is on, spans. */
export function gatewayOf(
  { twilio, deadlines, capacity, proxies }: CheckedOptions,
  { callMetrics, tracing }: { readonly callMetrics: CallMetrics; readonly tracing: CallTracing | undefined },
): { readonly gateway: VerifyGateway; readonly close: () => Promise<void> } {
  if (twilio instanceof VerifyGateway) return { gateway: twilio, close: () => Promise.resolve() };
  const { accountSid, apiKeySid, apiKeySecret, serviceSid, baseUrl } = twilio;
  const gateway = new TwilioVerifyGateway({
    accountSid,
    username: apiKeySid,
    password: apiKeySecret,
    serviceSid,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(proxies && { proxies }),
    deadlines,
    ...capacity,
    breaker: { ...capacity.breaker, onChange: callMetrics.breakerChanged },
    ...(tracing && { headers: tracing.headers }),
    onCall: callMetrics.twilioCalled,
  });
  return { gateway: tracing?.gateway(gateway) ?? gateway, close: () => gateway.close() };
}
