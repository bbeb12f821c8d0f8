import { VerifyGateway } from '@resend/ports.js';
import type { CallTracing } from '@telemetry/tracing/tracing.js';
import { TwilioVerifyGateway } from '@verify/twilio-verify-gateway.js';
import type { CallMetrics } from '../observing/call-metrics.js';
import type { CompletedOptions } from './completed-options.js';

interface Gateway {
  readonly gateway: VerifyGateway;
  /** Checks whether Twilio accepts the credentials, and records it in log and metrics. Never rejects. */
  readonly check: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The gateway to Twilio, with metrics, log lines and, if tracing is on, spans. */
export function gatewayOf(
  { twilio, deadlines, capacity, proxies }: CompletedOptions,
  { callMetrics, tracing }: { readonly callMetrics: CallMetrics; readonly tracing: CallTracing | undefined },
): Gateway {
  if (twilio instanceof VerifyGateway) {
    return { gateway: twilio, check: () => Promise.resolve(), close: () => Promise.resolve() };
  }
  const { accountSid, serviceSid, baseUrl } = twilio;
  const gateway = new TwilioVerifyGateway({
    accountSid,
    ...('oauth' in twilio ? { oauth: twilio.oauth } : { username: twilio.apiKeySid, password: twilio.apiKeySecret }),
    serviceSid,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(proxies && { proxies }),
    deadlines,
    ...capacity,
    breaker: { ...capacity.breaker, onChange: callMetrics.breakerChanged },
    ...(tracing && { headers: tracing.headers }),
    onCall: callMetrics.twilioCalled,
  });
  return {
    gateway: tracing?.gateway(gateway) ?? gateway,
    check: async () => callMetrics.accessChecked(await gateway.checkAccess()),
    close: () => gateway.close(),
  };
}
