import { type DynamicModule, Module } from '@nestjs/common';
import { Parts } from '@nest/parts/parts.js';
import { PushResendModule } from '@nest/push-resend.module.js';
import { PATHS, type Surface } from './http/paths.js';
import { OpsController } from './ops/ops.controller.js';

/** The two applications of this service, one per port. They share the same parts and differ in their routes. */
@Module({})
export class AppModule {
  static on(surface: Surface, parts: Parts): DynamicModule {
    return surface === 'public' ? publicModule(parts) : privateModule(parts);
  }
}

function publicModule(parts: Parts): DynamicModule {
  const routes = {
    public: { path: PATHS.public },
    ...(parts.webhook && { webhook: { path: PATHS.webhook } }),
  };
  return { module: AppModule, imports: [PushResendModule.forParts(parts, { routes, tracksRequests: false })] };
}

function privateModule(parts: Parts): DynamicModule {
  const routes = {
    internal: { path: PATHS.internal },
    // Only the strategy `token` registers sessions; with the others this path does not exist.
    ...(parts.tokenSessions && { sessions: { path: PATHS.internal } }),
  };
  return {
    module: AppModule,
    imports: [PushResendModule.forParts(parts, { routes, tracksRequests: false })],
    controllers: [OpsController],
    providers: [{ provide: Parts, useValue: parts }],
  };
}
