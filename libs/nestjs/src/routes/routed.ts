import {
  type CanActivate,
  Controller,
  type ExceptionFilter,
  type Type,
  UseFilters,
  UseGuards,
  UseInterceptors,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { RequestGuard } from '../requests/request.guard.js';
import { WorkDoneInterceptor } from '../requests/work-done.interceptor.js';

/** A guard of the host application, as `@UseGuards` takes it. */
export type HostGuard = Type<CanActivate> | CanActivate;

export interface Place {
  readonly path: string;
  /** They run in this order, after `RequestGuard`. */
  readonly guards: readonly HostGuard[];
  readonly filter: Type<ExceptionFilter>;
  /** Whether the routes begin the context of their requests, and report their end. */
  readonly tracksRequests: boolean;
}

/**
 * Subclasses a controller with a path and guards that are known only when the module is defined. Everything is bound to
 * the subclass, so no other route of the application changes. Versioning does not affect its path.
 */
export function routed(controller: Type<object>, { path, guards, filter, tracksRequests }: Place): Type<object> {
  const { name } = controller;
  const Routed = { [name]: class extends (controller as Type) {} }[name] as Type<object>;
  Controller({ path: path.split('/').filter(Boolean).join('/'), version: VERSION_NEUTRAL })(Routed);
  UseGuards(...(tracksRequests ? [RequestGuard] : []), ...guards)(Routed);
  if (tracksRequests) UseInterceptors(WorkDoneInterceptor)(Routed);
  UseFilters(filter)(Routed);
  return Routed;
}
