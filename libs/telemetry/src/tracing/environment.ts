import { textOfFile } from '@files/text-file.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The OTEL_* variables that the SDK does not read itself. */
export interface TracingSettings {
  readonly sampler: Sampling;
  readonly batches: Partial<Record<BatchOption, number>>;
}

export interface Sampling {
  /** Whether the caller's sampling decision overrides ours. */
  readonly isParentBased: boolean;
  /** The share of traces that is kept, 0 to 1. */
  readonly ratio: number;
}

type BatchOption = 'scheduledDelayMillis' | 'exportTimeoutMillis' | 'maxQueueSize' | 'maxExportBatchSize';

const BATCHES: readonly (readonly [variable: string, BatchOption])[] = [
  ['OTEL_BSP_SCHEDULE_DELAY', 'scheduledDelayMillis'],
  ['OTEL_BSP_EXPORT_TIMEOUT', 'exportTimeoutMillis'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', 'maxQueueSize'],
  ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 'maxExportBatchSize'],
];

/** The files that the SDK reads, without a bound, to connect to the collector. */
const FILES = ['CERTIFICATE', 'CLIENT_KEY', 'CLIENT_CERTIFICATE'];

/**
 * Reads whether tracing is on, and how: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/.
 * As specified there, invalid values are ignored; without a valid endpoint and readable files nothing is traced.
 * @returns `settings` if tracing is on, and the variables that were ignored
 */
export function tracingSettings(environment: Environment): {
  readonly settings?: TracingSettings;
  readonly ignored: readonly string[];
} {
  const given = (name: string) => environment[name]?.trim() || undefined;
  const ignored: string[] = [];
  const endpoint = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'].find(given);
  if (endpoint === undefined || given('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return { ignored };
  const exporters = listOf(given('OTEL_TRACES_EXPORTER') ?? 'otlp');
  if (exporters.has('none')) return { ignored };
  if (!exporters.has('otlp')) ignored.push('OTEL_TRACES_EXPORTER');
  const files = FILES.flatMap(
    (file) => [`OTEL_EXPORTER_OTLP_TRACES_${file}`, `OTEL_EXPORTER_OTLP_${file}`].find(given) ?? [],
  );
  const unusable = [
    ...(isWebAddress(given(endpoint)) ? [] : [endpoint]),
    ...files.filter((variable) => !isReadable(given(variable))),
  ];
  if (unusable.length > 0) return { ignored: [...ignored, ...unusable] };

  const protocol = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find(given);
  if (protocol !== undefined && !given(protocol)?.startsWith('http/')) ignored.push(protocol);
  if (!listOf(given('OTEL_PROPAGATORS') ?? 'tracecontext').has('tracecontext')) ignored.push('OTEL_PROPAGATORS');
  const batches: TracingSettings['batches'] = Object.fromEntries(
    BATCHES.flatMap(([variable, option]) => {
      const text = given(variable);
      if (text === undefined) return [];
      if (/^[1-9]\d{0,8}$/.test(text)) return [[option, Number(text)]];
      ignored.push(variable);
      return [];
    }),
  );
  const sampler = sampling(given('OTEL_TRACES_SAMPLER'), given('OTEL_TRACES_SAMPLER_ARG'), ignored);
  return { settings: { sampler, batches }, ignored };
}

function sampling(name = 'parentbased_always_on', argument = '1', ignored: string[]): Sampling {
  const [, parent, kind] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(name) ?? [];
  if (kind === undefined) {
    ignored.push('OTEL_TRACES_SAMPLER');
    return { isParentBased: true, ratio: 1 };
  }
  const isParentBased = parent !== undefined;
  if (kind !== 'traceidratio') return { isParentBased, ratio: kind === 'always_on' ? 1 : 0 };
  const ratio = Number(argument);
  if (ratio >= 0 && ratio <= 1) return { isParentBased, ratio };
  ignored.push('OTEL_TRACES_SAMPLER_ARG');
  return { isParentBased, ratio: 1 };
}

function listOf(text: string): Set<string> {
  return new Set(text.split(',').map((name) => name.trim()));
}

function isWebAddress(text: string | undefined): boolean {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol);
}

function isReadable(file: string | undefined): boolean {
  try {
    return file === undefined || textOfFile(file) !== '';
  } catch {
    return false; // the caller names the variable
  }
}
