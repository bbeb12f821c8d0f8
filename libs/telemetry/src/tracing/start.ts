import type { Logger } from 'pino';
import type { Tracing } from './tracing.js';
import { tracingSettings } from './environment.js';

/**
 * Tracing, where the environment asks for it. Where it does not, nothing of OpenTelemetry is loaded.
 * @param environment OTEL_*, of which the SDK reads more by itself
 */
export async function startTracing(
  environment: Readonly<Record<string, string | undefined>>,
  { version, log }: { readonly version: string; readonly log: Logger },
): Promise<Tracing | undefined> {
  const { settings, ignored } = tracingSettings(environment);
  if (ignored.length > 0) log.warn({ event: 'tracing.ignored', variables: ignored }, 'these can not be used');
  if (!settings) return undefined;
  const { tracingToCollector } = await import('./collector.js');
  return tracingToCollector(settings, version, log);
}
