import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { Notices } from '@ledger/notices.js';
import { Refusal } from '@resend/refusals.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';
import { placeOfBug } from '@telemetry/plain-error.js';
import { type Correlation, currentRequest } from '@telemetry/request-context.js';
import { masked } from '../answers/standing-body.js';
import { EventStream, type StreamTimes, type Viewer } from './event-stream.js';

/** How many streams an instance keeps open, and how often they show that they are alive. */
export interface EventOptions {
  /** Of all sessions together (1000). One more is refused with 503 `overloaded`. */
  readonly maxStreams: number;
  /** Of one session (3). One more is refused with 429 `too-many-requests`. */
  readonly maxStreamsPerSession: number;
  /** Between two heartbeats, with which the session is checked again, in milliseconds (15,000). */
  readonly heartbeatMs: number;
}

/** A viewer, and by what it is counted and found in the log. */
export interface Watcher extends Viewer {
  readonly requestId: string;
  readonly traceId?: string | undefined;
  /** The user's keyed hash. */
  readonly user: string;
  /** Key of the session's counters. */
  readonly session: string;
}

interface Surroundings {
  readonly notices: Notices;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** All event streams of this instance. */
export class EventStreams {
  private readonly open = new Set<EventStream>();
  private readonly seats = new Map<string, number>();
  private taken = 0;
  private isClosed = false;
  /** Looks of a stream belong to no request any more, and must not be traced as part of one. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly surroundings: Surroundings,
    private readonly options: EventOptions & StreamTimes,
  ) {}

  /**
   * Opens a stream with the first look.
   * @param begin takes over the answer and writes its head; called once nothing refuses
   * @throws Refusal as for a look, and where too many are open
   */
  async start(watcher: Watcher, begin: () => ServerResponse): Promise<void> {
    const leave = this.takeSeat(watcher.session);
    let stream: EventStream | undefined;
    let hasNews = false;
    const onNotice = () => {
      hasNews = true; // the first look may have missed it
      void stream?.refresh();
    };
    const stopListening = this.outside(() => this.surroundings.notices.listen(watcher.user, onNotice));
    const release = () => {
      stopListening();
      leave();
    };
    try {
      const standing = masked(await watcher.look());
      if (this.isClosed) throw new Refusal('shutting-down', { waitMs: 1000 });
      stream = this.streamTo(begin(), watcher, release);
      stream.begin(standing);
      if (hasNews) void stream.refresh();
    } catch (error) {
      if (!stream) release();
      throw error;
    }
  }

  /** Ends every stream at once; the screens go on with another instance. No more are opened. */
  close(): void {
    this.isClosed = true;
    for (const stream of this.open) stream.end('drain');
  }

  private takeSeat(session: string): () => void {
    const { maxStreams, maxStreamsPerSession, heartbeatMs } = this.options;
    const { metrics } = this.surroundings;
    const ofSession = this.seats.get(session) ?? 0;
    if (ofSession >= maxStreamsPerSession) {
      metrics.eventStreamsRefused.inc({ limit: 'session' });
      // By then a stream whose screen is gone has been noticed.
      throw new Refusal('too-many-requests', { waitMs: heartbeatMs });
    }
    if (this.taken >= maxStreams) {
      metrics.eventStreamsRefused.inc({ limit: 'instance' });
      throw new Refusal('overloaded', { waitMs: heartbeatMs });
    }
    this.taken += 1;
    this.seats.set(session, ofSession + 1);
    return () => {
      this.taken -= 1;
      const left = (this.seats.get(session) ?? 1) - 1;
      if (left === 0) this.seats.delete(session);
      else this.seats.set(session, left);
    };
  }

  private streamTo(response: ServerResponse, watcher: Watcher, release: () => void): EventStream {
    const { metrics, log } = this.surroundings;
    const { challengeSid, requestId } = watcher;
    const alone = <Result>(work: () => Result) => this.outside(() => currentRequest.run(correlationOf(watcher), work));
    let sent = 0;
    const viewer: Viewer = {
      challengeSid,
      look: async () => masked(await alone(() => watcher.look())),
      isAdmitted: () => watcher.isAdmitted(),
    };
    const stream = new EventStream(viewer, response, this.options, {
      sent: () => {
        sent += 1;
        metrics.eventsSent.inc();
      },
      ended: (reason) => {
        this.open.delete(stream);
        release();
        metrics.eventStreams.set(this.open.size);
        metrics.eventStreamsEnded.inc({ reason });
        const line = { event: 'events.ended', requestId, reason, sent, durationMs: Math.round(stream.ageMs) };
        alone(() => log.info(line, 'event stream ended'));
      },
      failed: (error) => {
        const line = { event: 'unexpected', ...placeOfBug(error), requestId };
        log.error(line, 'unexpected error: a bug; report its frames');
      },
    });
    this.open.add(stream);
    metrics.eventStreams.set(this.open.size);
    return stream;
  }
}

function correlationOf({ requestId, traceId, user }: Watcher): Correlation {
  return { requestId, user, twilio: [], ...(traceId !== undefined && { traceId }) };
}
