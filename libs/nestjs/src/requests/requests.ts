import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Metrics } from '@telemetry/metrics.js';
import { setCommonHeaders } from '../answers/headers.js';
import { Drain } from '../lifecycle/drain.js';
import { countOperation } from '../observing/request-metrics.js';
import { isClosed, onceClosed } from './closing.js';
import {
  CONTEXT,
  END_NOW,
  givenRequestId,
  type HttpRequest,
  type HttpResponse,
  rawOf,
  type RequestContext,
} from './request-context.js';

/** Creates the context of a request, unless the server has already done so. */
@Injectable()
export class Requests {
  constructor(
    private readonly metrics: Metrics,
    private readonly drain: Drain,
  ) {}

  /** @returns the request's context. The first call also sets the common headers, and counts the request when it ends. */
  begin(request: HttpRequest, response: HttpResponse): RequestContext {
    const known = request[CONTEXT];
    if (known) return known;
    const context: RequestContext = { requestId: givenRequestId(request.headers) ?? randomUUID(), twilio: [] };
    request[CONTEXT] = context;
    setCommonHeaders(response, context.requestId);
    this.drain.begin();
    const raw = rawOf(response);
    const { promise: workDone, resolve } = Promise.withResolvers<void>();
    context.workDone = resolve;
    let isOver = false;
    const over = () => {
      if (isOver) return;
      isOver = true;
      this.drain.end();
      countOperation(context, this.metrics);
    };
    request[END_NOW] = over;
    // A disconnected client does not end its request.
    const closed = () => (raw.writableEnded ? over() : void workDone.then(over));
    // The host's guards or middleware may have taken so long that the client has left.
    if (isClosed(raw)) closed();
    else onceClosed(raw, closed);
    return context;
  }
}
