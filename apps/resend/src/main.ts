import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import { createLogger } from '@telemetry/logger.js';
import { startTracing } from '@telemetry/tracing/start.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { apiDocs } from './ops/api-docs.js';
import { exitOnCrash } from './ops/crash.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { endGracefully } from './ops/graceful-end.js';
import { redisFrom } from './wiring/redis-from.js';
import { openRedis } from './wiring/redis-start.js';
import { startService } from './http/service.js';

/** Settings → service → listen. The only reader of the environment. */
const settings = await orExit(() => readSettings(process.env));
const log = createLogger(settings.logLevel);
exitOnCrash(log);
const root = new URL('../../../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const docs = apiDocs(settings, root);
const tracing = await startTracing(process.env, { version, log });
const drain = new Drain();
const redis = await orExit(() => redisFrom(settings));
if (redis && !(await openRedis(redis, settings, log))) process.exit(78); // EX_CONFIG
const service = await orExit(() =>
  startService({
    settings,
    log,
    drain,
    metrics: createMetrics(version),
    ...(redis && { redis }),
    ...(tracing && { tracing }),
    ...(docs && { docs }),
  }),
);
log.info({ event: 'started', port: service.port, privatePort: service.privatePort }, 'listening');

endGracefully({
  drain,
  log,
  graceMs: settings.shutdownGraceSeconds * 1000,
  close: async () => {
    await service.close();
    redis?.ledger.disconnect();
    redis?.sessions.disconnect();
    await tracing?.close();
  },
});

/** What an operator can mend is told in words, and ends with 78 (EX_CONFIG); anything else is a crash. */
async function orExit<Result>(step: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof SettingsError) console.error(error.message);
    else if (isListenError(error))
      console.error(`Can not listen on ${error.address ?? error.hostname}, port ${error.port ?? '?'}: ${error.code}`);
    else throw error;
    process.exit(78);
  }
}

function isListenError(error: unknown): error is { address?: string; hostname?: string; port?: number; code: string } {
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'getaddrinfo')
  );
}
