import type { FastifyInstance } from 'fastify';

import { pushesUsed, statusAt } from './challenge-state.js';
import { registerUserControl } from './control-users.js';
import { faultKinds } from './fault-kinds.js';
import type { Faults } from './faults.js';
import { Input, InputError, NotHereError } from './input.js';
import type { Journal } from './journal.js';
import { registerLogins, type SessionsApi } from './logins.js';
import type { Challenge } from './records.js';
import { seedChallenge } from './seed.js';
import { defaultSwitches, readSwitches } from './switches.js';
import { TwilioError } from './twilio-error.js';
import type { Twilio } from './twilio.js';

interface OfChallenge {
  Params: { sid: string };
}

/** What the control surface steers. */
export interface Controlled {
  readonly twilio: Twilio;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly sessionsApi: SessionsApi | undefined;
  /** Called after switches have changed. */
  readonly onSwitches: () => void;
}

/** `/_sim`: the side of the simulator that Twilio does not have. Errors are `{error}` with a sentence. */
export function registerControl(
  app: FastifyInstance,
  { twilio, faults, journal, sessionsApi, onSwitches }: Controlled,
): void {
  acceptJsonOnly(app);
  refuseOtherSites(app);
  explainErrors(app);
  app.addHook('preHandler', async () => twilio.catchUp());
  const now = () => ({ now: new Date(twilio.clock.now()).toISOString(), frozen: twilio.clock.frozen });

  app.get('/_sim', ({ protocol, host }) => {
    const { accountSid, apiKeySid, apiKeySecret, authToken, serviceSid } = twilio.credentials;
    return { accountSid, apiKeySid, apiKeySecret, authToken, serviceSid, baseUrl: `${protocol}://${host}` };
  });

  app.post('/_sim/challenges', (request, reply) => reply.code(201).send(seedChallenge(twilio, request.body)));
  app.get('/_sim/challenges', () => twilio.store.challenges.map((challenge) => describe(twilio, challenge)));
  app.get<OfChallenge>('/_sim/challenges/:sid', ({ params }) => describe(twilio, challengeOf(twilio, params.sid)));
  app.post<OfChallenge>('/_sim/challenges/:sid/respond', (request) => {
    const challenge = challengeOf(twilio, request.params.sid);
    const input = new Input(request.body);
    const status = input.required('status', input.oneOf('status', ['approved', 'denied']));
    input.end({});
    const announced = twilio.challenges.respond(challenge, status);
    const answered = twilio.switches.webhookDelayMs === 0 ? announced : Promise.resolve();
    return answered.then(() => describe(twilio, challenge));
  });

  registerUserControl(app, twilio);
  registerLogins(app, twilio, sessionsApi);

  app.get('/_sim/faults', () => ({ planned: faults.list(), kinds: faultKinds }));
  app.post('/_sim/faults', (request, reply) => reply.code(201).send(faults.plan(request.body)));
  app.delete('/_sim/faults', () => {
    faults.clear();
    return { planned: [] };
  });

  app.get<{ Querystring: { challengeSid?: string } }>('/_sim/journal', ({ query }) => journal.list(query.challengeSid));
  app.get('/_sim/debugger', () => {
    twilio.devices.catchUp();
    return twilio.debugger.list();
  });
  app.get('/_sim/webhooks', () => twilio.webhooks.deliveries);

  app.get('/_sim/clock', now);
  app.post('/_sim/clock', (request) => {
    const input = new Input(request.body);
    const { advanceSeconds, frozen } = input.end({
      advanceSeconds: input.number('advanceSeconds', 0, 366 * 86_400),
      frozen: input.boolean('frozen'),
    });
    if (frozen !== undefined) twilio.clock.freeze(frozen);
    if (advanceSeconds !== undefined) twilio.clock.advance(advanceSeconds);
    twilio.catchUp();
    return now();
  });

  app.get('/_sim/switches', () => twilio.switches);
  app.post('/_sim/switches', (request) => {
    Object.assign(twilio.switches, readSwitches(request.body));
    onSwitches();
    return twilio.switches;
  });

  app.post('/_sim/reset', () => {
    Object.assign(twilio.switches, defaultSwitches);
    onSwitches();
    twilio.clock.reset();
    twilio.reset();
    faults.clear();
    journal.clear();
    return now();
  });
}

/** Bodies are JSON whatever their content type says, so that `curl -d` is enough; none at all counts as `{}`. */
function acceptJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body.toString()));
    } catch {
      done(new InputError('The body must be JSON.'));
    }
  });
}

/** A page of another site, open in the developer's browser, must not steer the simulator. */
function refuseOtherSites(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['sec-fetch-site'] !== 'cross-site') return undefined;
    return reply.code(403).send({ error: 'Other sites may not steer the simulator.' });
  });
}

function explainErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof NotHereError) return reply.code(404).send({ error: error.message });
    if (error instanceof InputError) return reply.code(400).send({ error: error.message });
    if (error instanceof TwilioError) return reply.code(409).send({ error: error.message, code: error.code });
    throw error;
  });
}

function challengeOf(twilio: Twilio, sid: string): Challenge {
  const challenge = twilio.store.challengeBySid(sid);
  if (!challenge) throw new NotHereError(`There is no Challenge ${sid}.`);
  return challenge;
}

/** The truth about a Challenge, without the lag that reads can have. */
function describe({ clock, switches }: Twilio, challenge: Challenge) {
  const now = clock.now();
  return {
    challengeSid: challenge.sid,
    serviceSid: challenge.service.sid,
    identity: challenge.entity.identity,
    status: statusAt(challenge, now),
    factorType: challenge.factor.type,
    platform: challenge.factor.platform,
    message: challenge.message,
    createdAt: new Date(challenge.createdAt).toISOString(),
    expiresAt: new Date(challenge.expiresAt).toISOString(),
    expiresInSeconds: Math.max(0, Math.ceil((challenge.expiresAt - now) / 1000)),
    notifications: challenge.notifications.length,
    pushesUsed: pushesUsed(challenge, switches.initialPushCounts),
  };
}
