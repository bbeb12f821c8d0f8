import {
  type BeforeApplicationShutdown,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  type InjectionToken,
  Module,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
  type Provider,
} from '@nestjs/common';
import { getOptionsToken, getStorageToken } from '@nestjs/throttler';
import { AuditTrail } from '@audit/audit-trail.js';
import { Ledger, Ledgers, Pause } from '@resend/ports.js';
import { ResendService } from '@resend/resend.service.js';
import { TokenSessions } from '@sessions/token-sessions.js';
import { Metrics } from '@telemetry/metrics.js';
import { PushResendHealthIndicator } from './lifecycle/health-indicator.js';
import { Consumers, HostConsumers } from './internal/consumers.js';
import { DryRun } from './internal/dry-run.js';
import { Drain } from './lifecycle/drain.js';
import { type PushResendOptions, PushResendOptionsError } from './options.js';
import { Parts, partsOf } from './parts/parts.js';
import { Front } from './public/front.js';
import { SessionSource } from './public/session-source.js';
import { TrustedOrigins } from './public/trusted-origins.js';
import { Requests } from './requests/requests.js';
import { controllersOf, type PushResendRoutes } from './routes/routes.js';
import { tapLimits } from './throttling/tap-limits.js';
import { HASH_OF, LOG, RESEND_POLICY, WEBHOOK } from './tokens.js';

/** Settings of the module definition itself. Unlike the options, a factory can not provide them. */
export interface PushResendExtras {
  /** The routes to add to the application. Default: none. */
  readonly routes?: PushResendRoutes;
  /** Modules that your guards on these routes depend on. `forRootAsync` also provides them to its factory. */
  readonly imports?: ModuleMetadata['imports'];
  /**
   * False: the application's server itself tracks requests (context, drain, metrics), so these routes do not. Default:
   * true.
   */
  readonly tracksRequests?: boolean;
  /** Makes the module global. */
  readonly isGlobal?: boolean;
}

const NO_EXTRAS: PushResendExtras = { routes: {}, imports: [], tracksRequests: true, isGlobal: false };
const ROUTES = Symbol('PushResendRoutes');

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<PushResendOptions>()
  .setClassMethodName('forRoot')
  .setExtras(NO_EXTRAS, (definition, extras) =>
    withRoutes({ ...definition, providers: [...(definition.providers ?? []), PARTS] }, extras),
  )
  .build();

/**
 * Resends for Twilio Verify Push in a Nest application, on Express or Fastify: `forRoot` and `forRootAsync`.
 *
 * It adds only the routes that are configured. Its guards, filters and pipes are bound to its own controllers, so the
 * host's routes do not change. Exports `ResendService`, `PushResendHealthIndicator`, `Drain`, and `Parts` for a second
 * application.
 */
@Module({})
export class PushResendModule
  extends ConfigurableModuleClass
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly parts: Parts,
    @Inject(ROUTES) private readonly routes: PushResendRoutes,
    @Optional() @Inject(MODULE_OPTIONS_TOKEN) private readonly options?: PushResendOptions,
  ) {
    super();
  }

  /**
   * Uses existing parts, from `app.get(Parts)`, in another application of the same process, such as one on another port.
   * The application that made the parts closes them.
   */
  static forParts(parts: Parts, extras: PushResendExtras): DynamicModule {
    const providers = [{ provide: Parts, useValue: parts }];
    return withRoutes({ module: PushResendModule, providers }, { ...NO_EXTRAS, ...extras });
  }

  /** @throws PushResendOptionsError for routes that lack an option they need, or that anyone could call */
  async onModuleInit(): Promise<void> {
    const { internal, sessions, webhook } = this.routes;
    const { consumers, tokenSessions } = this.parts;
    const complaints: string[] = [];
    for (const [name, route] of Object.entries({ internal, sessions })) {
      if (route && consumers instanceof HostConsumers && (route.guards ?? []).length === 0) {
        complaints.push(`routes.${name}: is unprotected; add guards, or set the option consumers`);
      }
    }
    if (sessions && !tokenSessions) complaints.push("routes.sessions: needs session: { strategy: 'token' }");
    if (webhook && !this.parts.webhook)
      complaints.push(
        'routes.webhook: needs the option webhook; a gateway of your own also needs accountSid and serviceSid',
      );
    if (complaints.length > 0) {
      await this.onApplicationShutdown(); // Nest calls no hook of an application whose start has failed
      throw new PushResendOptionsError(complaints);
    }
    if (webhook) this.parts.metrics.webhooksExpected.set(1);
  }

  /** In the background: the application starts regardless of the result, without waiting for it. */
  onApplicationBootstrap(): void {
    if (this.options) void this.parts.checkTwilio();
  }

  /**
   * Refuses new taps, and waits for running ones before the server is closed: at most a lease. That includes taps of
   * disconnected callers, for which the server would not wait.
   */
  async beforeApplicationShutdown(): Promise<void> {
    const { drain, policy } = this.parts;
    if (this.options) await drain.drain(policy.leaseMs);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.options) await this.parts.close();
  }
}

const PARTS: Provider = { provide: Parts, useFactory: partsOf, inject: [MODULE_OPTIONS_TOKEN] };

/** The parts that controllers and guards inject. */
const PROVIDERS: Provider[] = [
  part(ResendService, ({ resends }) => resends),
  part(Ledger, ({ ledger }) => ledger),
  part(Ledgers, ({ ledgers }) => ledgers),
  part(Pause, ({ pause }) => pause),
  part(AuditTrail, ({ audit }) => audit),
  part(Front, ({ front }) => front),
  part(SessionSource, ({ sessions }) => sessions),
  part(TokenSessions, ({ tokenSessions }) => tokenSessions),
  part(Consumers, ({ consumers }) => consumers),
  part(TrustedOrigins, ({ origins }) => origins),
  part(Metrics, ({ metrics }) => metrics),
  part(Drain, ({ drain }) => drain),
  part(RESEND_POLICY, ({ policy }) => policy),
  part(HASH_OF, ({ hashOf }) => hashOf),
  part(LOG, ({ log }) => log),
  part(WEBHOOK, ({ webhook }) => webhook),
  // Not through ThrottlerModule, which is global: the host may have its own limits.
  part(getOptionsToken(), (parts) => tapLimits(parts.tapLimits)),
  part(getStorageToken(), ({ tapStorage }) => tapStorage),
  part(PushResendHealthIndicator, ({ readiness }) => new PushResendHealthIndicator(readiness)),
  Requests,
  DryRun,
];

function part(token: InjectionToken, pick: (parts: Parts) => unknown): Provider {
  return { provide: token, useFactory: pick, inject: [Parts] };
}

function withRoutes(definition: DynamicModule, extras: PushResendExtras) {
  const { routes = {}, imports = [], tracksRequests = true, isGlobal = false } = extras;
  const { providers = [] } = definition;
  return {
    ...definition,
    global: isGlobal,
    imports: [...(definition.imports ?? []), ...imports],
    controllers: controllersOf(routes, tracksRequests),
    providers: [...PROVIDERS, ...providers, { provide: ROUTES, useValue: routes }],
    exports: [ResendService, PushResendHealthIndicator, Drain, Parts],
  };
}
