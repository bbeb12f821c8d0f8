import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tracingSettings } from '@telemetry/tracing/environment.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
const ALL = { sampler: { isParentBased: true, ratio: 1 }, batches: {} };

test.each([
  [{}],
  [{ OTEL_SERVICE_NAME: 'resend', OTEL_TRACES_SAMPLER: 'always_on' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'true' }],
  [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
  [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
])('tracing is off with %o', (environment) => {
  expect(tracingSettings(environment)).toEqual({ ignored: [] });
});

test.each([
  [ENDPOINT],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces' }],
  [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }],
  [{ ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_PROPAGATORS: 'tracecontext,baggage' }],
])('and on, for every trace, with %o', (environment) => {
  expect(tracingSettings(environment)).toEqual({ settings: ALL, ignored: [] });
});

test.each([
  ['always_on', undefined, false, 1],
  ['always_off', undefined, false, 0],
  ['traceidratio', '0.25', false, 0.25],
  ['traceidratio', undefined, false, 1],
  ['parentbased_always_on', undefined, true, 1],
  ['parentbased_always_off', undefined, true, 0],
  ['parentbased_traceidratio', '0', true, 0],
])('OTEL_TRACES_SAMPLER=%s, OTEL_TRACES_SAMPLER_ARG=%s', (name, argument, isParentBased, ratio) => {
  const environment = { ...ENDPOINT, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument };
  expect(tracingSettings(environment)).toEqual({
    settings: { ...ALL, sampler: { isParentBased, ratio } },
    ignored: [],
  });
});

test('batches are as OTEL_BSP_ says', () => {
  const environment = {
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_BSP_EXPORT_TIMEOUT: '2000',
    OTEL_BSP_MAX_QUEUE_SIZE: '4096',
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '256',
  };
  expect(tracingSettings({ ...ENDPOINT, ...environment }).settings?.batches).toEqual({
    scheduledDelayMillis: 100,
    exportTimeoutMillis: 2000,
    maxQueueSize: 4096,
    maxExportBatchSize: 256,
  });
});

test.each([
  [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, 'OTEL_TRACES_SAMPLER'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG'],
  [{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: 'half' }, 'OTEL_TRACES_SAMPLER_ARG'],
  [{ OTEL_BSP_SCHEDULE_DELAY: '-1' }, 'OTEL_BSP_SCHEDULE_DELAY'],
  [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  [{ OTEL_PROPAGATORS: 'b3' }, 'OTEL_PROPAGATORS'],
])('what can not be used is ignored, and named: %o', (environment, ignored) => {
  const { settings, ...told } = tracingSettings({ ...ENDPOINT, ...environment });
  expect(told).toEqual({ ignored: [ignored] });
  expect(settings).toBeDefined();
});

test.each(['collector:4318', 'grpc://collector:4317', 'nonsense'])('there is no tracing to %j', (address) => {
  const environment = { ...ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address };
  expect(tracingSettings(environment)).toEqual({ ignored: ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] });
});

describe.each(['CERTIFICATE', 'CLIENT_KEY', 'TRACES_CLIENT_CERTIFICATE'])('OTEL_EXPORTER_OTLP_%s', (suffix) => {
  const variable = `OTEL_EXPORTER_OTLP_${suffix}`;
  const folder = mkdtempSync(join(tmpdir(), 'push-resend-otel-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test('names a file', () => {
    const environment = { ...ENDPOINT, [variable]: file('ca.pem', '-----BEGIN CERTIFICATE-----') };
    expect(tracingSettings(environment)).toEqual({ settings: ALL, ignored: [] });
  });

  test.each([
    '/dev/zero',
    '/dev/stdin',
    folder,
    join(folder, 'missing'),
    join(folder, 'x'.repeat(9000)),
    file('huge', 'x'.repeat(1 << 20) + 1),
    file('empty', ''),
  ])('that can not be read turns tracing off at once: %s', (path) => {
    expect(tracingSettings({ ...ENDPOINT, [variable]: path })).toEqual({ ignored: [variable] });
  });
});
