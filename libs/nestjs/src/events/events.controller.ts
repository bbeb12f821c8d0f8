import type { ServerResponse } from 'node:http';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { SessionReason } from '@resend/credential-reasons.js';
import type { Session } from '@resend/ports.js';
import type { Checked } from '../input/checked.pipe.js';
import { Parts } from '../parts/parts.js';
import { type ChallengeParams, CHECKED_PARAMS, sessionOf } from '../public/challenges.controller.js';
import { isClosed } from '../requests/closing.js';
import {
  attributionOf,
  contextOf,
  END_NOW,
  type HttpRequest,
  type HttpResponse,
  rawOf,
} from '../requests/request-context.js';
import type { Watcher } from './event-streams.js';

/** In lower case, as frameworks keep their headers: these replace some of them. */
const HEAD = {
  'content-type': 'text/event-stream',
  // `no-transform`: compression would hold events back.
  'cache-control': 'no-store, no-transform',
  // nginx buffers answers unless told not to.
  'x-accel-buffering': 'no',
};

/** The public API: the state of the button as server-sent events, instead of polling. */
@Controller()
export class EventsController {
  constructor(private readonly parts: Parts) {}

  @Get()
  async events(
    @Req() request: HttpRequest,
    @Param(CHECKED_PARAMS) { challengeSid }: Checked<ChallengeParams>,
    @Res() response: HttpResponse,
  ): Promise<void> {
    const watcher = this.watcherOf(request, challengeSid);
    const begin = () => takenOver(request, response);
    if (request.method !== 'HEAD') return this.parts.events?.start(watcher, begin);
    await watcher.look();
    begin().end();
  }

  private watcherOf(request: HttpRequest, challengeSid: string): Watcher {
    const { resends, sessions } = this.parts;
    const { requestId, traceId, sessionCounter, user } = contextOf(request);
    const session = sessionOf(request);
    const by = attributionOf(request);
    return {
      requestId,
      traceId,
      challengeSid,
      user: user ?? '',
      session: sessionCounter ?? '',
      look: () => resends.standing(session, challengeSid, by),
      isAdmitted: async () => {
        const claimed = await sessions.claimedBy(request);
        return typeof claimed === 'object' && isSame(session, await claimed.find());
      },
    };
  }
}

/** Writes the head of the answer, with the headers that it has so far, and ends the accounting of its request. */
function takenOver(request: HttpRequest, response: HttpResponse): ServerResponse {
  const raw = rawOf(response);
  if (!isClosed(raw)) raw.writeHead(200, { ...response.getHeaders(), ...HEAD });
  response.hijack?.();
  // The wrappers of a host's middleware (express-session, compression) are for responses that end with their request:
  // express-session would store a session again that was destroyed meanwhile.
  for (const method of ['write', 'end']) Reflect.deleteProperty(raw, method);
  request[END_NOW]?.();
  return raw;
}

function isSame(session: Session, now: Session | SessionReason): boolean {
  return typeof now === 'object' && now.identity === session.identity && now.challengeSid === session.challengeSid;
}
