/** A login backend of somebody else: its own guard, Redis client, pipes, prefix, versions, routes; on either platform. */
import 'reflect-metadata';
import {
  Body,
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Post,
  UnauthorizedException,
  UseGuards,
  ValidationPipe,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IsString, MinLength } from 'class-validator';
import supertest from 'supertest';

export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** As Passport does: finds out who it is and leaves that on the request. */
@Injectable()
export class LoginGuard implements CanActivate {
  canActivate(context: ExecutionContext): true {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: HostUser }>();
    const [, identity] = /^Login ([\w-]+)$/.exec(request.headers['authorization'] ?? '') ?? [];
    if (identity === undefined) throw new UnauthorizedException();
    request.user = { identity };
    return true;
  }
}

/** Lets support in, by its own kind of credential. */
@Injectable()
export class SupportGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-support'] === 'agent-7';
  }
}

export interface HostUser {
  readonly identity: string;
}

export class Greeting {
  @IsString()
  @MinLength(3)
  readonly name!: string;
}

@Controller({ path: 'greetings', version: '1' })
export class GreetingsController {
  @Get()
  list() {
    return [{ name: 'hello' }];
  }

  @Post()
  greet(@Body() { name }: Greeting) {
    return { name };
  }

  @Get('mine')
  @UseGuards(LoginGuard)
  mine() {
    return { mine: true };
  }

  @Get('broken')
  broken() {
    throw new TypeError('a bug of the host');
  }
}

@Module({ controllers: [GreetingsController] })
class HostModule {
  static with(imports: readonly (DynamicModule | undefined)[]): DynamicModule {
    return { module: HostModule, imports: imports.filter((one) => one !== undefined) };
  }
}

export interface Host {
  readonly app: INestApplication;
  readonly http: ReturnType<typeof supertest>;
}

/** Everything global that hosts like to have, and what the test imports. */
export async function startHost(platform: Platform, ...imports: (DynamicModule | undefined)[]): Promise<Host> {
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(HostModule.with(imports), adapter, { logger: false, abortOnError: false });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.enableShutdownHooks();
  await app.listen(0, '127.0.0.1');
  return { app, http: supertest(await app.getUrl()) };
}
