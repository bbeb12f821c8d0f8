import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './outside-record.js';

/** What a screen learns from one request. */
export interface Told {
  readonly answer: Answer;
  /** The Challenge's status, where it was told. */
  readonly status?: string;
  /** Of the `Retry-After` header. */
  readonly retryAfterSeconds?: number;
}

/** Longer than any request takes, also one to an instance that is paused meanwhile. */
export const GIVE_UP_MS = 10_000;
/** How long a client that hung up stays away: what it asked for is over then, for the client notes when it came back. */
const AWAY_MS = 3000;

/** A device of a user: it talks to whichever instance it is given. */
export class LoginClient {
  constructor(
    readonly user: string,
    readonly token: string,
    private readonly patienceMs: () => number = () => GIVE_UP_MS,
  ) {}

  press(instance: string, challengeSid: string, key?: string): Promise<Told> {
    const headers = key === undefined ? {} : { 'idempotency-key': key };
    return this.request('POST', `${instance}/v1/challenges/${challengeSid}/notifications`, headers);
  }

  look(instance: string, challengeSid: string): Promise<Told> {
    return this.request('GET', `${instance}/v1/challenges/${challengeSid}`, {});
  }

  private async request(method: string, url: string, headers: Record<string, string>): Promise<Told> {
    const patienceMs = this.patienceMs();
    try {
      const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.token}`, ...headers },
        signal: AbortSignal.timeout(patienceMs),
      });
      const body = (await response.json()) as Body;
      const status = body.challenge?.status;
      const retryAfter = response.headers.get('retry-after');
      return {
        answer: answerIn(body, response.headers.get('idempotent-replayed') === 'true'),
        ...(status !== undefined && { status }),
        ...(retryAfter !== null && { retryAfterSeconds: Number(retryAfter) }),
      };
    } catch (error) {
      if ((error as Error).name === 'TimeoutError' && patienceMs < GIVE_UP_MS) await sleep(AWAY_MS);
      const { code } = ((error as Error).cause ?? {}) as { code?: string };
      return { answer: { kind: code === 'ECONNREFUSED' ? 'unreached' : 'cut' } };
    }
  }
}

interface Body {
  readonly code?: string;
  readonly notification?: { readonly sid: string };
  readonly challenge?: { readonly status: string };
}

/** A look that succeeds is read as a refusal with the code `none`: it sends nothing. */
function answerIn({ notification, code = 'none' }: Body, replayed: boolean): Answer {
  return notification ? { kind: 'sent', sid: notification.sid, replayed } : { kind: 'refused', code };
}
