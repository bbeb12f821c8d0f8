import type { StandingBody } from '@nest/answers/standing-body.js';
import type { Rig, Screen } from '../support/rig.js';

/** A login screen that listens, as a page does with `fetch`. */
export interface Listening {
  readonly response: Response;
  /** Every standing so far. */
  readonly standings: readonly StandingBody[];
  /** The comments between them. */
  readonly heartbeats: () => number;
  /** Settles when the server has ended the stream, or cut it off. */
  readonly ended: Promise<'ended' | 'cut off'>;
  /** What the screen shows: the status of the button and of the Challenge. */
  readonly shows: () => string;
  hangUp(): void;
}

const inUse = new Set<Listening>();

/** For the end of a test: nobody listens any more. */
export function hangUpAll(): void {
  for (const one of inUse) one.hangUp();
  inUse.clear();
}

export async function listenTo(url: string, headers: Record<string, string>): Promise<Listening> {
  const hangUp = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: hangUp.signal });
  const standings: StandingBody[] = [];
  let heartbeats = 0;
  const read = async () => {
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const events = (text + chunk).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const [, data] = /^event: standing\ndata: (.*)$/.exec(event) ?? [];
        if (data !== undefined) standings.push(JSON.parse(data) as StandingBody);
        else if (event === ':') heartbeats += 1;
        else throw new Error(`not an event: ${event}`);
      }
    }
  };
  const ended = read().then(
    () => 'ended' as const,
    () => 'cut off' as const,
  );
  const listening: Listening = {
    response,
    standings,
    heartbeats: () => heartbeats,
    ended,
    shows: () => {
      const { challenge, resend } = standings.at(-1) ?? {};
      return `${challenge?.status} ${resend?.status}`;
    },
    hangUp: () => hangUp.abort(),
  };
  inUse.add(listening);
  return listening;
}

/** The screen listens to this instance, which need not be the one that it logged in with. */
export function listen({ ports }: Rig, { challengeSid, token }: Screen): Promise<Listening> {
  const url = `http://127.0.0.1:${ports.public}/v1/challenges/${challengeSid}/events`;
  return listenTo(url, { authorization: `Bearer ${token}` });
}
