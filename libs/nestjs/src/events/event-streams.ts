import { AsyncLocalStorage } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { Notices } from '@ledger/notices.js';
import { Refusal } from '@resend/refusals.js';
import type { Log } from '@telemetry/log.js';
import { logBug } from '@telemetry/log-bug.js';
import type { Metrics } from '@telemetry/metrics.js';
import { type Correlation, currentRequest } from '@telemetry/request-context.js';
import { masked } from '../answers/standing-body.js';
import { EventStream, type StreamTimes, type Viewer } from './event-stream.js';

/** A user, in all sessions together, may have this many times the streams of one session. */
const SESSIONS_OF_USER = 4;

/** Limits and heartbeat of an instance's event streams. */
export interface EventOptions {
  /** Of all sessions together (1000). Further ones are refused with 503 `overloaded`. */
  readonly maxStreams: number;
  /**
   * Of one session (3); of all sessions of a user, four times as many. A further one ends the oldest, whose screen may have
   * vanished silently.
   */
  readonly maxStreamsPerSession: number;
  /** Between two heartbeats, each of which checks the session again, in milliseconds (15,000). */
  readonly heartbeatMs: number;
}

/** A viewer, with its keys for limits and the log. */
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
  /** The streams of each session and of each user, oldest first. */
  private readonly bySession = new Map<string, Set<EventStream>>();
  private readonly byUser = new Map<string, Set<EventStream>>();
  private taken = 0;
  private isClosed = false;
  /** A stream's looks do not belong to a request, and must not be traced as part of one. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly surroundings: Surroundings,
    private readonly options: EventOptions & StreamTimes,
  ) {}

  /**
   * Opens a stream with the first look.
   * @param begin takes over the response and writes its head; called when the stream is accepted
   * @throws Refusal as for a look, and where too many of all sessions are open
   */
  async start(watcher: Watcher, begin: () => ServerResponse): Promise<void> {
    this.refuseIfClosed();
    this.takeSeat();
    let stream: EventStream | undefined;
    let hasNews = false;
    const onNotice = () => {
      hasNews = true; // the first look may have missed it
      void stream?.refresh();
    };
    const stopListening = this.outside(() => this.surroundings.notices.listen(watcher.user, onNotice));
    const release = () => {
      this.taken -= 1;
      stopListening();
    };
    try {
      const standing = masked(await watcher.look());
      this.refuseIfClosed();
      const opened = (stream = this.streamTo(begin(), watcher, release));
      // Its timers outlive the request by minutes.
      this.outside(() => {
        opened.begin(standing);
        if (hasNews) void opened.refresh();
      });
    } catch (error) {
      if (!stream) release();
      throw error;
    }
  }

  /** Ends every stream at once; the screens reconnect to another instance. No more are opened. */
  close(): void {
    this.isClosed = true;
    for (const stream of this.open) stream.end('drain');
  }

  private refuseIfClosed(): void {
    if (this.isClosed) throw new Refusal('shutting-down', { waitMs: 1000 });
  }

  private takeSeat(): void {
    const { maxStreams, heartbeatMs } = this.options;
    if (this.taken >= maxStreams) {
      this.surroundings.metrics.eventStreamsRefused.inc();
      // A heartbeat finds streams whose connection is gone, and frees their places.
      throw new Refusal('overloaded', { waitMs: heartbeatMs });
    }
    this.taken += 1;
  }

  /** @returns takes it out again */
  private add(stream: EventStream, { session, user }: Watcher): () => void {
    const { maxStreamsPerSession } = this.options;
    const leaveSession = addTo(this.bySession, { key: session, stream, most: maxStreamsPerSession });
    const leaveUser = addTo(this.byUser, { key: user, stream, most: SESSIONS_OF_USER * maxStreamsPerSession });
    this.open.add(stream);
    return () => {
      this.open.delete(stream);
      leaveSession();
      leaveUser();
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
      isAdmitted: () => alone(() => watcher.isAdmitted()),
    };
    const stream = new EventStream(viewer, response, this.options, {
      sent: () => {
        sent += 1;
        metrics.eventsSent.inc();
      },
      ended: (reason) => {
        takeOut();
        release();
        metrics.eventStreams.set(this.open.size);
        metrics.eventStreamsEnded.inc({ reason });
        const line = { event: 'events.ended', requestId, reason, sent, durationMs: Math.round(stream.ageMs) };
        alone(() => log.info(line, 'event stream ended'));
      },
      failed: (error) => logBug(log, error, requestId),
    });
    const takeOut = this.add(stream, watcher);
    metrics.eventStreams.set(this.open.size);
    return stream;
  }
}

/** Replaces the oldest stream under the key if there are `most`. @returns takes the new one out again */
function addTo(
  streams: Map<string, Set<EventStream>>,
  { key, stream, most }: { readonly key: string; readonly stream: EventStream; readonly most: number },
): () => void {
  const [oldest, ...others] = streams.get(key) ?? [];
  if (oldest && others.length + 1 >= most) oldest.end('replaced');
  const ofKey = streams.get(key) ?? new Set(); // the end of its only stream removes the set
  streams.set(key, ofKey.add(stream));
  return () => {
    ofKey.delete(stream);
    if (ofKey.size === 0) streams.delete(key);
  };
}

function correlationOf({ requestId, traceId, user }: Watcher): Correlation {
  return { requestId, user, actor: 'session', twilio: [], ...(traceId !== undefined && { traceId }) };
}
