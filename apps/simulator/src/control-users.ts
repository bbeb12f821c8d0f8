import type { FastifyInstance } from 'fastify';

import { Input, InputError, NotHereError } from './input.js';
import { setPlatform } from './seed.js';
import type { Twilio } from './twilio.js';

interface OfUser {
  Params: { identity: string };
}

/** The user's side of the control surface: the phone, and what the person does with it. */
export function registerUserControl(app: FastifyInstance, twilio: Twilio): void {
  app.get<OfUser>('/_sim/devices/:identity', ({ params }) => deviceOf(twilio, params.identity));
  app.post<OfUser>('/_sim/devices/:identity', (request) => {
    const { identity } = request.params;
    const input = new Input(request.body);
    const { platform, ...settings } = input.end({
      online: input.boolean('online'),
      platform: input.oneOf('platform', ['apn', 'fcm', 'none']),
      tokenStale: input.boolean('tokenStale'),
      notificationsEnabled: input.boolean('notificationsEnabled'),
      deliveryDelaySeconds: input.number('deliveryDelaySeconds', 0, 86_400),
      lossProbability: input.number('lossProbability', 0, 1),
    });
    if (platform !== undefined) setPlatform(twilio, identity, platform);
    twilio.devices.change(identity, settings);
    return deviceOf(twilio, identity);
  });

  app.post<OfUser>('/_sim/users/:identity', (request) => {
    const input = new Input(request.body);
    const habits = {
      attentionDelaySeconds: input.number('attentionDelaySeconds', 0, 86_400) ?? 5,
      approveProbability: input.number('approveProbability', 0, 1) ?? 1,
      denyProbability: input.number('denyProbability', 0, 1) ?? 0,
    };
    input.end({});
    if (habits.approveProbability + habits.denyProbability > 1) {
      throw new InputError('approveProbability and denyProbability must be 1 at most in all.');
    }
    twilio.users.set(request.params.identity, habits);
    return habits;
  });
}

function deviceOf(twilio: Twilio, identity: string): Record<string, unknown> {
  const device = twilio.devices.describe(identity);
  if (!device) throw new NotHereError(`There is no phone of ${identity}.`);
  return device;
}
