import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { readSettings } from '@settings/read-settings.js';
import { AppModule } from '../src/app.module.js';
import { createMetrics } from '@nest/observing/create-metrics.js';
import { Drain } from '@nest/lifecycle/drain.js';
import { openApiDocument } from './document.js';

/** The document of the code as it is, of an application that never listens. */
export async function currentDocument(version: string) {
  const settings = readSettings({
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}`,
    TWILIO_API_KEY_SECRET: 'none',
    TWILIO_VERIFY_SERVICE_SID: `VA${'0'.repeat(32)}`,
  });
  const surroundings = {
    settings,
    metrics: createMetrics(version),
    log: pino({ level: 'silent' }),
    drain: new Drain(),
  };
  const app = await NestFactory.create(AppModule.with(surroundings), new FastifyAdapter(), { logger: false });
  return openApiDocument(app, version, settings.problemBaseUri);
}
