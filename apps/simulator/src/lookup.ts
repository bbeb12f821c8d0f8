import type { Call } from './call.js';
import type { Challenge, Entity, Factor, Service, Webhook } from './records.js';
import type { Store } from './store.js';
import { notFound } from './twilio-error.js';

/*
 * Every resource is found along its path only, parent by parent: someone else's Challenge is "not found", never
 * "forbidden" (Twilio error 60391: scoped by ServiceSid, Identity and the Challenge Sid).
 */

type Params = Call['params'];

/** @throws TwilioError not found */
export function findService(store: Store, { service }: Pick<Params, 'service'>): Service {
  const found = store.services.get(service);
  if (!found) throw notFound('service');
  return found;
}

/** @throws TwilioError not found */
export function findWebhook(store: Store, params: Pick<Params, 'service' | 'webhook'>): Webhook {
  const found = findService(store, params).webhooks.get(params.webhook);
  if (!found) throw notFound('webhook');
  return found;
}

/** @throws TwilioError not found */
export function findEntity(store: Store, params: Pick<Params, 'service' | 'identity'>): Entity {
  const found = findService(store, params).entities.get(params.identity);
  if (!found) throw notFound('entity');
  return found;
}

/** @throws TwilioError not found */
export function findFactor(store: Store, params: Pick<Params, 'service' | 'identity' | 'factor'>): Factor {
  const found = findEntity(store, params).factors.get(params.factor);
  if (!found) throw notFound('factor');
  return found;
}

/** @throws TwilioError not found */
export function findChallenge(store: Store, params: Pick<Params, 'service' | 'identity' | 'challenge'>): Challenge {
  const found = findEntity(store, params).challenges.get(params.challenge);
  if (!found) throw notFound('challenge');
  return found;
}
