import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { readSettings, SettingsError } from '@settings/read-settings.js';
import type { Settings } from '@settings/settings.js';
import { createLogger } from '@telemetry/logger.js';
import { connectRedis } from './app.module.js';
import { createMetrics } from './create-metrics.js';
import { Drain } from './ops/drain.js';
import { startService } from './server.js';

/** Settings → service → listen. The only reader of the environment. */
const settings = settingsOrExit();
const log = createLogger(settings.logLevel);
const { version } = JSON.parse(readFileSync(new URL('../../../../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const drain = new Drain();
const redis = connectRedis(settings);
for (const connection of redis ? [redis.ledger, redis.sessions] : []) {
  connection.on('error', (err) => log.error({ event: 'redis.error', err }, 'trouble with the connection to Redis'));
  await connection.connect().catch(() => undefined); // told by 'error'; it goes on trying, and readiness says so
}
const service = await startService({ settings, log, drain, metrics: createMetrics(version), ...(redis && { redis }) });
log.info({ event: 'started', port: service.port, privatePort: service.privatePort }, 'listening');

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void stop(signal));
}

/** Takes no new work, lets what is running end, and goes. */
async function stop(signal: string): Promise<void> {
  log.info({ event: 'stopping', signal }, 'draining');
  const left = await drain.drain(settings.shutdownGraceSeconds * 1000);
  if (left > 0) log.warn({ event: 'stopping', left }, 'requests were still running at the end of the grace period');
  if (left === 0) await service.close();
  redis?.ledger.disconnect();
  redis?.sessions.disconnect();
  process.exit(0);
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(78); // EX_CONFIG
  }
}
