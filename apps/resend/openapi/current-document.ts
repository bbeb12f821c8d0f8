import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { partsOf } from '@nest/parts/parts.js';
import { readSettings } from '@settings/read-settings.js';
import { AppModule } from '../src/app.modules.js';
import type { Surface } from '../src/http/paths.js';
import { optionsFrom } from '../src/wiring/options-from.js';
import { openApiDocument } from './document.js';

/** Creates the document of the current code, from two applications that never listen. */
export async function currentDocument(version: string) {
  const settings = readSettings({
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}`,
    TWILIO_API_KEY_SECRET: 'none',
    TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
  });
  const parts = await partsOf(optionsFrom({ settings, metrics: createMetrics(), log: pino({ level: 'silent' }) }));
  const create = (surface: Surface) =>
    NestFactory.create(AppModule.on(surface, parts), new FastifyAdapter(), { logger: false });
  const apps = { public: await create('public'), private: await create('private') };
  return openApiDocument(apps, version, settings.problemBaseUri);
}
