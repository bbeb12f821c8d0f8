import type { Logger } from 'pino';
import type { Tracing } from './tracing.js';
import { tracingSettings } from './environment.js';

/**
 * Starts tracing if the environment configures it. Otherwise OpenTelemetry is not loaded.
 * @param environment with the OTEL_* variables; the SDK reads some more of them itself
 */
export async function startTracing(
  environment: Readonly<Record<string, string | undefined>>,
  { version, log }: { readonly version: string; readonly log: Logger },
): Promise<Tracing | undefined> {
  const { settings, ignored } = tracingSettings(environment);
  if (ignored.length > 0) log.warn({ event: 'tracing.ignored', variables: ignored }, 'invalid OTEL variables ignored');
  if (!settings) return undefined;
  const { tracingToCollector } = await import('./collector.js');
  return tracingToCollector(settings, version, log);
}
