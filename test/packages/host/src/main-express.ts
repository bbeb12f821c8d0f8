import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { GreetingsModule } from './greetings.module.js';
import { serve } from './serve.js';

const withResends = process.env['WITHOUT_RESENDS'] === undefined;

const app = await NestFactory.create<NestExpressApplication>(withResends ? AppModule : GreetingsModule, {
  rawBody: true, // webhooks of Twilio that are JSON are signed over their bytes
});
app.set('trust proxy', 'loopback'); // the proxy in front: limits by client address need the client's address
await serve(app);
