import { type DynamicModule, Module } from '@nestjs/common';
import type { PushResendOptions } from '../options.js';
import { type PushResendExtras, PushResendModule } from '../push-resend.module.js';
import { ScriptedTwilio } from './scripted-twilio.js';

/** Only `session` is required. */
export type PushResendTestingOptions = Partial<Omit<PushResendOptions, 'twilio' | 'redis'>> &
  Pick<PushResendOptions, 'session'> &
  Omit<PushResendExtras, 'tracksRequests'> & {
    /** Default: a new one for each application; get it with `app.get(ScriptedTwilio)`. */
    readonly twilio?: ScriptedTwilio;
  };

/**
 * `PushResendModule` for a host's tests, with limits in memory and a scripted Twilio: no Redis and no network needed.
 * Also exports `ScriptedTwilio`. Applications that import it share neither limits nor pushes.
 */
@Module({})
export class PushResendTestingModule {
  static forRoot(options: PushResendTestingOptions): DynamicModule {
    const { twilio, routes, imports = [], isGlobal = false, ...others } = options;
    const scripted: DynamicModule = {
      module: ScriptedTwilioModule,
      providers: [{ provide: ScriptedTwilio, useFactory: () => twilio ?? new ScriptedTwilio(options.now) }],
      exports: [ScriptedTwilio],
    };
    const resends = PushResendModule.forRootAsync({
      imports: [scripted, ...imports],
      inject: [ScriptedTwilio],
      useFactory: (gateway: ScriptedTwilio) => ({ ...others, twilio: gateway, redis: 'memory' }),
      ...(routes && { routes }),
      isGlobal,
    });
    return {
      module: PushResendTestingModule,
      global: isGlobal,
      imports: [scripted, resends],
      exports: [scripted, resends],
    };
  }
}

@Module({})
class ScriptedTwilioModule {}
