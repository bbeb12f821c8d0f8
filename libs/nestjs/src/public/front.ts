import type { SessionReason } from '@resend/credential-reasons.js';
import type { Pause, Paused, Session } from '@resend/ports.js';
import type { RedisThrottlerStorage } from '../throttling/redis-storage.js';
import type { Count, Over, TapStorage } from '../throttling/storage.js';
import type { ClaimedSession } from './session-source.js';

/** The inputs of the decision on a request. Each may fail separately; the first refusal is the response. */
export interface FrontAnswers {
  readonly over: Promise<Over | undefined>;
  readonly session: Promise<Session | SessionReason>;
  readonly paused: Promise<Paused | undefined>;
}

export interface FrontOptions {
  readonly storage: TapStorage;
  readonly pause: Pick<Pause, 'current'>;
  /** As in `SessionSource`. */
  readonly areSessionsStored: boolean;
  /** If given, one script reads everything: counters, sessions and the pause are on one server, for one Redis user. */
  readonly oneScript?: Pick<RedisThrottlerStorage, 'firstOverAndRecords'>;
}

/**
 * Reads a request's counters, session and the pause in one turn of the event loop, so that the request waits for Redis
 * once before the ledger.
 */
export class Front {
  constructor(private readonly options: FrontOptions) {}

  ask(counts: readonly Count[], claimed: ClaimedSession | SessionReason): FrontAnswers {
    const answers = this.options.oneScript
      ? this.askInOneScript(this.options.oneScript, counts, claimed)
      : this.askApart(counts, claimed);
    // After a refusal nobody awaits the remaining promises, which may also fail.
    for (const answer of Object.values(answers)) answer.catch(() => undefined);
    return answers;
  }

  private askApart(counts: readonly Count[], claimed: ClaimedSession | SessionReason): FrontAnswers {
    const over = this.options.storage.firstOver(counts);
    return { over, session: this.sessionOf(claimed, over), paused: this.options.pause.current() };
  }

  /** The script is sent once session and pause have registered their keys, in the same turn. */
  private askInOneScript(
    oneScript: Pick<RedisThrottlerStorage, 'firstOverAndRecords'>,
    counts: readonly Count[],
    claimed: ClaimedSession | SessionReason,
  ): FrontAnswers {
    const keys: string[] = [];
    const read = async (key: string) => {
      const place = keys.push(key) - 1;
      return (await asked.promise).records[place] ?? null;
    };
    const asked = Promise.withResolvers<Awaited<ReturnType<typeof oneScript.firstOverAndRecords>>>();
    const over = asked.promise.then((answer) => answer.over);
    const session = this.sessionOf(claimed, over, read);
    const paused = this.options.pause.current(read);
    asked.resolve(oneScript.firstOverAndRecords(counts, keys));
    return { over, session, paused };
  }

  private async sessionOf(
    claimed: ClaimedSession | SessionReason,
    over: Promise<Over | undefined>,
    read?: Parameters<ClaimedSession['find']>[0],
  ): Promise<Session | SessionReason> {
    if (typeof claimed === 'string') return claimed;
    if (this.options.areSessionsStored) return claimed.find(read);
    // Over a limit this result is not used, and no provider is queried.
    return (await over) ? 'no-session' : claimed.find();
  }
}
