import { type CanActivate, Injectable } from '@nestjs/common';
import { Refusal } from '@resend/refusals.js';
import { HttpProblem } from '../answers/problems.js';
import { Parts } from '../parts/parts.js';

/** Refuses event streams if they are disabled, or would end at once because the instance drains. */
@Injectable()
export class EventsGuard implements CanActivate {
  constructor(private readonly parts: Parts) {}

  canActivate(): true {
    const { events, drain } = this.parts;
    if (!events) throw new HttpProblem('not-found');
    if (drain.isDraining) throw new Refusal('shutting-down', { waitMs: 1000 });
    return true;
  }
}
