import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { contextOf, type HttpRequest } from './request-context.js';

/** Reports when a handler has succeeded. A handler that fails ends in the `ProblemFilter`, which reports that. */
export class WorkDoneInterceptor implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { workDone } = contextOf(execution.switchToHttp().getRequest<HttpRequest>());
    return workDone ? next.handle().pipe(tap({ complete: workDone })) : next.handle();
  }
}
