import type { Type } from '@nestjs/common';
import { InternalProblemFilter, PublicProblemFilter } from '../answers/problem.filter.js';
import { EventsController } from '../events/events.controller.js';
import { EventsGuard } from '../events/events.guard.js';
import { AuditEventsController } from '../internal/audit-events.controller.js';
import { ConsumerGuard } from '../internal/consumer.guard.js';
import { LimitsController } from '../internal/limits.controller.js';
import { NotificationsController } from '../internal/notifications.controller.js';
import { PauseController } from '../internal/pause.controller.js';
import { ResendStateController } from '../internal/resend-state.controller.js';
import { SessionsController } from '../internal/sessions.controller.js';
import { ChallengesController } from '../public/challenges.controller.js';
import { DoorGuard } from '../public/door.guard.js';
import { WebhookController } from '../webhook/webhook.controller.js';
import { type HostGuard, routed } from './routed.js';

/** The routes that the module adds to the application. Default: none. */
export interface PushResendRoutes {
  /**
   * For login screens: `POST <path>/:challengeSid/notifications`, `GET <path>/:challengeSid`, and, unless the option
   * `events` is false, `GET <path>/:challengeSid/events`.
   */
  readonly public?: RouteOptions;
  /** For support, the fraud team and other backends, below `<path>`. Requires guards, or the option `consumers`. */
  readonly internal?: RouteOptions;
  /** For the login backend, to register sessions below `<path>`. Requires `session: { strategy: 'token' }`. */
  readonly sessions?: RouteOptions;
  /** For Twilio: `POST <path>`. Requires the option `webhook`. */
  readonly webhook?: Pick<RouteOptions, 'path'>;
}

export interface RouteOptions {
  /** Such as `v1/challenges`, with or without slashes at its ends. The application's global prefix is added in front. */
  readonly path: string;
  /** The host's guards. They run before the module's own, and authenticate the request. */
  readonly guards?: readonly HostGuard[];
}

const INTERNAL: readonly (readonly [controller: Type<object>, path: string])[] = [
  [NotificationsController, 'identities/:identity/challenges/:challengeSid/notifications'],
  [ResendStateController, 'identities/:identity/resend-state'],
  [LimitsController, 'identities/:identity'],
  [AuditEventsController, 'audit-events'],
  [PauseController, 'pause'],
];

/** The controllers for these routes. */
export function controllersOf(routes: PushResendRoutes, tracksRequests: boolean): Type<object>[] {
  const { public: screens, internal, sessions, webhook } = routes;
  const controllers: Type<object>[] = [];
  if (screens) {
    const { path, guards = [] } = screens;
    controllers.push(
      routed(ChallengesController, {
        path: `${path}/:challengeSid`,
        guards: [...guards, DoorGuard],
        filter: PublicProblemFilter,
        tracksRequests,
      }),
      routed(EventsController, {
        path: `${path}/:challengeSid/events`,
        guards: [EventsGuard, ...guards, DoorGuard],
        filter: PublicProblemFilter,
        tracksRequests,
      }),
    );
  }
  const addInternal = ({ path, guards = [] }: RouteOptions, controller: Type<object>, own: string) =>
    controllers.push(
      routed(controller, {
        path: `${path}/${own}`,
        guards: [...guards, ConsumerGuard],
        filter: InternalProblemFilter,
        tracksRequests,
      }),
    );
  if (sessions) addInternal(sessions, SessionsController, 'sessions');
  if (internal) for (const [controller, own] of INTERNAL) addInternal(internal, controller, own);
  if (webhook) {
    controllers.push(
      routed(WebhookController, { path: webhook.path, guards: [], filter: InternalProblemFilter, tracksRequests }),
    );
  }
  return controllers;
}
