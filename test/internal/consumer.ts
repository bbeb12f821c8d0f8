import type supertest from 'supertest';
import { SCOPES } from '@nest/internal/scopes.js';
import { type Rig, startRig } from '../support/rig.js';

/** A service whose internal API can be called with every scope. */
export interface ConsumerRig {
  readonly rig: Rig;
  readonly desk: Consumer;
  /** Another consumer, with the same scopes. */
  readonly fraud: Consumer;
}

export async function startConsumerRig(environment: Record<string, string> = {}): Promise<ConsumerRig> {
  const rig = await startRig(environment, { desk: { scopes: SCOPES }, fraud: { scopes: SCOPES } });
  return { rig, desk: consumerOn(rig, 'desk'), fraud: consumerOn(rig, 'fraud') };
}

/** An internal consumer: one call of the private port a method. */
export type Consumer = ReturnType<typeof consumerOn>;

export function consumerOn(rig: Rig, id: string, credential = rig.apiKeys[id] ?? '') {
  const as = (request: supertest.Test) => request.set('authorization', `Bearer ${credential}`);
  const of = (identity: string) => `/internal/v1/identities/${identity}`;
  return {
    resend: (identity: string, challengeSid: string, body?: object, key?: string) => {
      const request = as(rig.ops.post(`${of(identity)}/challenges/${challengeSid}/notifications`));
      if (key !== undefined) void request.set('idempotency-key', key);
      return body === undefined ? request : request.send(body);
    },
    state: (identity: string) => as(rig.ops.get(`${of(identity)}/resend-state`)),
    reset: (identity: string, body: object = { reason: 'identity verified by phone' }) =>
      as(rig.ops.post(`${of(identity)}/resets`)).send(body),
    block: (identity: string, body: object = { reason: 'push bombing', expiresInSeconds: 3600 }) =>
      as(rig.ops.put(`${of(identity)}/block`)).send(body),
    unblock: (identity: string, body?: object) => {
      const request = as(rig.ops.delete(`${of(identity)}/block`));
      return body === undefined ? request : request.send(body);
    },
    events: (query: Record<string, unknown> = {}) => as(rig.ops.get('/internal/v1/audit-events')).query(query),
    pause: (body: object) => as(rig.ops.put('/internal/v1/pause')).send(body),
    paused: () => as(rig.ops.get('/internal/v1/pause')),
  };
}
