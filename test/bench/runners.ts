import { Contender } from './contender.ts';
import type { Kind } from './kinds.ts';
import { startService } from './service.ts';
import type { Upstream } from './upstream.ts';

/** A server under test. */
export interface Runner {
  readonly name: string;
  readonly process: Contender;
  readonly url: string;
  /** The kinds of request that it knows. */
  readonly kinds: readonly Kind[];
  /** A session for each identity. @returns the headers that carry it */
  readonly login: (identities: readonly string[]) => Promise<readonly Readonly<Record<string, string>>[]>;
}

/** What a server needs around it. */
export interface Places {
  readonly upstream: Upstream;
  readonly redisUrl: string;
  /** The port to listen on; a free one if absent. */
  readonly port?: number;
}

/** Starts a server; resolves when it listens. */
export type Start = (places: Places) => Promise<Runner>;

/** The service of this checkout, the only one whose goals are told. */
export const OURS = 'Push Resend';
export const BARE = 'bare';

/** Every server, the baseline first. `other`: a second build of the service, such as that of before a change. */
export function contenders(builds: { readonly service: string; readonly other: string | undefined }): readonly Start[] {
  const { service, other } = builds;
  return [
    program(BARE, 'contenders/bare.ts', ['accepted', 'refused']),
    (places) => startService(OURS, service, places),
    ...(other === undefined ? [] : [(places: Places) => startService('other build', other, places)]),
    program('afternoon', 'contenders/afternoon.ts', ['accepted', 'refused']),
  ];
}

/** A server that takes an identity as its own credential. */
function program(name: string, main: string, kinds: readonly Kind[]): Start {
  return async (places) => {
    const process = new Contender(main, environmentOf(places));
    const url = `http://127.0.0.1:${await process.port()}`;
    const login: Runner['login'] = async (identities) =>
      identities.map((identity) => ({ authorization: `Bearer ${identity}` }));
    return { name, process, url, kinds, login };
  };
}

function environmentOf({ upstream, redisUrl, port = 0 }: Places): Record<string, string> {
  return { ...upstream.trust, TWILIO_URL: upstream.url, REDIS_URL: redisUrl, PORT: String(port) };
}
