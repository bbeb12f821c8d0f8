import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { GreetingsModule } from './greetings.module.js';
import { serve } from './serve.js';

const withResends = process.env['WITHOUT_RESENDS'] === undefined;

const app = await NestFactory.create<NestFastifyApplication>(
  withResends ? AppModule : GreetingsModule,
  new FastifyAdapter({ trustProxy: 'loopback' }),
  { rawBody: true },
);
await serve(app);
