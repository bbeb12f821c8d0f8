import type { Told } from './login-client.js';
import type { Press, Responded, Telling } from './outside-record.js';

/** Writes down what clients did and were told, as it happens. */
export class Witness {
  readonly presses: Press[] = [];
  readonly responses: Responded[] = [];
  readonly tellings: Telling[] = [];
  looks = 0;

  pressed(request: Pick<Press, 'user' | 'challengeSid' | 'key' | 'at'>, told: Told): void {
    this.presses.push({ ...request, until: Date.now(), answer: told.answer });
    this.told(request, told);
  }

  looked(request: Pick<Press, 'user' | 'challengeSid'>, told: Told): void {
    this.looks += 1;
    this.told(request, told);
  }

  responded(response: Responded): void {
    this.responses.push(response);
  }

  private told({ user, challengeSid }: Pick<Press, 'user' | 'challengeSid'>, { status }: Told): void {
    if (status === 'approved' || status === 'denied') {
      this.tellings.push({ user, challengeSid, status, at: Date.now() });
    }
  }
}
