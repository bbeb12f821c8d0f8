import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { PushResendOptionsError } from '@nest/options.js';
import { ignoredVariables, readSettings, SettingsError } from '@settings/read-settings.js';
import { createLogger } from '@telemetry/logger.js';
import { startTracing } from '@telemetry/tracing/start.js';
import { apiDocs } from './ops/api-docs.js';
import { exitOnCrash } from './ops/crash.js';
import { endGracefully } from './ops/graceful-end.js';
import { startedLine } from './ops/started-line.js';
import { serviceMetrics } from './requests/service-metrics.js';
import { startService } from './service.js';
import { offerStrictTls } from './strict-tls.js';
import { redisFrom } from './wiring/redis-from.js';
import { openRedis } from './wiring/redis-start.js';
import { twilioSecretsFrom, warnOfRegion } from './wiring/twilio-start.js';

offerStrictTls();

/** Settings → service → listen. The only reader of the environment. */
const settings = await orExit(() => readSettings(process.env));
const log = createLogger(settings.logLevel);
exitOnCrash(log);
const ignored = ignoredVariables(process.env);
if (Object.keys(ignored).length > 0)
  log.warn(
    { event: 'settings.ignored', variables: ignored },
    'unknown environment variables ignored; the closest setting is listed for each',
  );
warnOfRegion(settings, log);
const root = new URL('../../../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const docs = apiDocs(settings, root);
const tracing = await startTracing(process.env, { version, log });
const redis = await orExit(() => redisFrom(settings));
const exitOnWrongServer = () => process.exit(78); // EX_CONFIG
if (redis && !(await openRedis(redis, settings, log, exitOnWrongServer))) process.exit(78);
const service = await orExit(() =>
  startService({
    settings,
    twilioSecrets: twilioSecretsFrom(settings, process.env, log),
    log,
    metrics: serviceMetrics(version),
    ...(redis && { redis }),
    ...(tracing && { tracing }),
    ...(docs && { docs }),
  }),
);
log.info({ event: 'started', ...startedLine({ settings, version, ...service }) }, 'listening');

endGracefully({
  drain: service.parts.drain,
  log,
  graceMs: settings.shutdownGraceSeconds * 1000,
  close: async () => {
    await service.close();
    redis?.ledger.disconnect();
    redis?.sessions.disconnect();
    await tracing?.close();
  },
});

/** Prints errors that an operator can correct, and exits with 78 (EX_CONFIG). Any other error is a crash. */
async function orExit<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof SettingsError || error instanceof PushResendOptionsError) console.error(error.message);
    else if (isListenError(error)) console.error(listenComplaint(error));
    else throw error;
    process.exit(78);
  }
}

interface ListenError {
  readonly address?: string;
  readonly hostname?: string;
  readonly port?: number;
  readonly code: string;
}

function listenComplaint({ address, hostname, port, code }: ListenError): string {
  const variable = port === settings.privatePort ? 'PRIVATE_PORT' : 'PORT';
  const remedy = code === 'EADDRINUSE' ? `; set ${variable} to another port` : '';
  return `Cannot listen on ${address ?? hostname}, port ${port ?? '?'}: ${code}${remedy}`;
}

function isListenError(error: unknown): error is ListenError {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo')
  );
}
