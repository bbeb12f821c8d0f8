/** Every route of both ports, and whom it opens to. */
import type { Scope } from '@nest/internal/scopes.js';
import { WEBHOOK_ROUTE } from '../../apps/resend/src/http/paths.js';
import type { Screen } from '../support/rig.js';

/** A user who signs in, and what a caller would put into the path. */
export interface Scene {
  readonly screen: Screen;
  readonly sessionId: string;
}

export interface Row {
  readonly surface: 'public' | 'private';
  readonly method: string;
  readonly url: string;
  /** Who is let in: a session of the user, a consumer with this scope, anybody, or who signs as Twilio does. */
  readonly opensTo: 'session' | Scope | 'anybody' | 'signature';
  /** The answer to the right one. */
  readonly right: number;
  readonly body?: (scene: Scene) => object;
}

const why = { reason: 'table of rights' };
export const ROWS: readonly Row[] = [
  {
    surface: 'public',
    method: 'POST',
    url: '/v1/challenges/:challengeSid/notifications',
    opensTo: 'session',
    right: 201,
  },
  { surface: 'public', method: 'GET', url: '/v1/challenges/:challengeSid', opensTo: 'session', right: 200 },
  { surface: 'public', method: 'GET', url: '/v1/challenges/:challengeSid/events', opensTo: 'session', right: 200 },
  { surface: 'public', method: 'POST', url: WEBHOOK_ROUTE, opensTo: 'signature', right: 200 },
  {
    surface: 'private',
    method: 'POST',
    url: '/internal/v1/sessions',
    opensTo: 'sessions:write',
    right: 201,
    body: ({ screen }) => ({ identity: screen.identity, expiresInSeconds: 60 }),
  },
  { surface: 'private', method: 'DELETE', url: '/internal/v1/sessions/:id', opensTo: 'sessions:write', right: 204 },
  {
    surface: 'private',
    method: 'POST',
    url: '/internal/v1/identities/:identity/challenges/:challengeSid/notifications',
    opensTo: 'notifications:write',
    right: 201,
  },
  {
    surface: 'private',
    method: 'GET',
    url: '/internal/v1/identities/:identity/resend-state',
    opensTo: 'state:read',
    right: 200,
  },
  {
    surface: 'private',
    method: 'POST',
    url: '/internal/v1/identities/:identity/resets',
    opensTo: 'limits:write',
    right: 201,
    body: () => why,
  },
  {
    surface: 'private',
    method: 'PUT',
    url: '/internal/v1/identities/:identity/block',
    opensTo: 'blocks:write',
    right: 200,
    body: () => ({ ...why, expiresInSeconds: 1 }),
  },
  {
    surface: 'private',
    method: 'DELETE',
    url: '/internal/v1/identities/:identity/block',
    opensTo: 'blocks:write',
    right: 204,
  },
  { surface: 'private', method: 'GET', url: '/internal/v1/audit-events', opensTo: 'audit:read', right: 200 },
  { surface: 'private', method: 'GET', url: '/internal/v1/pause', opensTo: 'controls:write', right: 200 },
  {
    surface: 'private',
    method: 'PUT',
    url: '/internal/v1/pause',
    opensTo: 'controls:write',
    right: 200,
    body: () => ({ ...why, paused: false }),
  },
  { surface: 'private', method: 'GET', url: '/livez', opensTo: 'anybody', right: 200 },
  { surface: 'private', method: 'GET', url: '/readyz', opensTo: 'anybody', right: 200 },
  { surface: 'private', method: 'GET', url: '/metrics', opensTo: 'anybody', right: 200 },
];
