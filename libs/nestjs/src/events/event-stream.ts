import type { ServerResponse } from 'node:http';
import type { Standing } from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import type { StreamEnd } from '@telemetry/metrics.js';
import { standingBody } from '../answers/standing-body.js';
import { isClosed, onceClosed } from '../requests/closing.js';
import { SentStanding } from './sent-standing.js';

/** A screen that is told where its user stands. */
export interface Viewer {
  readonly challengeSid: string;
  /** @throws Refusal as for a look */
  look(): Promise<Standing>;
  /** Whether the session of the request still exists, for the same user. @throws Refusal when that can not be found out */
  isAdmitted(): Promise<boolean>;
}

/** Times in milliseconds. */
export interface StreamTimes {
  /** Between two heartbeats; the session is asked for again with each. */
  readonly heartbeatMs: number;
  /** The longest time between two looks, if no notice and no end of a wait comes before. */
  readonly lookMs: number;
  readonly maxAgeMs: number;
  /** As in the policy, for the body. */
  readonly challengeCacheMs: number;
}

/** What a stream reports. */
export interface StreamObserver {
  sent(): void;
  ended(reason: StreamEnd): void;
  /** A bug. */
  failed(error: unknown): void;
}

/** After the end of a wait, the ledger's clock and ours may still differ by this, in milliseconds. */
const LOOK_AGAIN_MS = 100;
/** Heartbeats in a row at which the session could not be asked for, after which nobody should rely on it. */
const MAX_UNKNOWN = 2;

const HEARTBEAT = ':\n\n';

/**
 * The server-sent events of one screen: its standing at once and after each change, until the Challenge is over. Looks
 * again after each notice, when a wait that it told runs out, and in any case after a while.
 */
export class EventStream {
  private readonly startedAt = performance.now();
  private told: SentStanding | undefined;
  private isLooking = false;
  private hasNews = false;
  private isBehind = false;
  private unknown = 0;
  private isChecking = false;
  private hasEnded = false;
  private nextLook: NodeJS.Timeout | undefined;
  private nextBeat: NodeJS.Timeout | undefined;
  private age: NodeJS.Timeout | undefined;

  /** @param response with its head written; its end is this stream's */
  constructor(
    private readonly viewer: Viewer,
    private readonly response: ServerResponse,
    private readonly times: StreamTimes,
    private readonly observer: StreamObserver,
  ) {}

  /** Milliseconds since it was opened. */
  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  begin(standing: Standing): void {
    if (isClosed(this.response)) return this.end('hung-up');
    onceClosed(this.response, () => this.end('hung-up'));
    this.age = setTimeout(() => this.end('max-age'), this.times.maxAgeMs);
    this.beatLater();
    try {
      this.tell(standing);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Something of the user has changed, or may have. */
  async refresh(): Promise<void> {
    this.hasNews = true;
    if (this.isLooking) return;
    this.isLooking = true;
    while (this.hasNews && !this.hasEnded) {
      this.hasNews = false;
      await this.lookNow();
    }
    this.isLooking = false;
  }

  end(reason: StreamEnd): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    clearTimeout(this.age);
    clearTimeout(this.nextLook);
    clearTimeout(this.nextBeat);
    if (reason === 'slow-reader') this.response.destroy();
    else this.response.end();
    this.observer.ended(reason);
  }

  /** Tells a standing unless the screen shows it already, and ends after the last one. */
  private tell(standing: Standing): void {
    if (this.hasEnded) return;
    const now = performance.now();
    const body = standingBody(standing, this.viewer.challengeSid, this.times);
    if (!this.told?.covers(body, now)) {
      this.told = new SentStanding(body, now);
      this.response.write(`event: standing\ndata: ${JSON.stringify(body)}\n\n`);
      this.observer.sent();
    }
    if (body.challenge?.status !== 'pending') this.end('over');
    else this.lookAfter(untilChange(standing));
  }

  private async lookNow(): Promise<void> {
    clearTimeout(this.nextLook);
    try {
      this.tell(await this.viewer.look());
    } catch (error) {
      if (!(error instanceof Refusal)) this.fail(error);
      else if (error.code === 'challenge-not-found') this.end('not-found');
      // Redis or Twilio is down: what was told last is still the best that is known.
      else this.lookAfter(Infinity);
    }
  }

  private fail(error: unknown): void {
    this.observer.failed(error);
    this.end('failed');
  }

  private lookAfter(ms: number): void {
    if (this.hasEnded) return;
    clearTimeout(this.nextLook);
    const waitMs = Math.min(Math.max(ms, LOOK_AGAIN_MS), this.times.lookMs);
    this.nextLook = setTimeout(() => void this.refresh(), waitMs);
  }

  private beatLater(): void {
    this.nextBeat = setTimeout(() => this.beat(), this.times.heartbeatMs);
  }

  private beat(): void {
    const isStuck = this.response.writableLength > 0;
    if (isStuck && this.isBehind) return this.end('slow-reader');
    this.isBehind = isStuck;
    if (!isStuck) this.response.write(HEARTBEAT);
    this.beatLater();
    // An answer that is not there by the next heartbeat is as good as none.
    if (this.isChecking) this.sessionUnknown();
    else void this.checkSession();
  }

  private async checkSession(): Promise<void> {
    this.isChecking = true;
    try {
      const isAdmitted = await this.viewer.isAdmitted();
      this.unknown = 0;
      if (!isAdmitted) this.end('session-ended');
    } catch (error) {
      if (!(error instanceof Refusal)) this.observer.failed(error);
      this.sessionUnknown();
    }
    this.isChecking = false;
  }

  private sessionUnknown(): void {
    this.unknown += 1;
    if (this.unknown >= MAX_UNKNOWN) this.end('session-unknown');
  }
}

/** Milliseconds until the standing changes by itself. */
function untilChange({ next, challenge }: Standing): number {
  const waitMs = next.code === 'ready' ? undefined : next.waitMs;
  return Math.min(waitMs ?? Infinity, challenge?.remainingMs ?? Infinity);
}
