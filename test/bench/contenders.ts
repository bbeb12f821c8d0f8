import { Pool } from 'undici';
import { Contender } from './contender.ts';
import type { Kind } from './kinds.ts';
import { type Program, programPath } from './programs.ts';
import { BARE, type Runner, type Start } from './runner.ts';
import { built } from './service.ts';

/** What the service is compared with. */
export const PROGRAMS = {
  bare: server(BARE, 'contenders/bare', { kinds: ['accepted', 'refused'] }),
  least: server('L', 'contenders/least', { kinds: ['accepted', 'replayed', 'refused', 'look'], logsIn: true }),
  peer: server('peer', 'contenders/peer', { kinds: ['accepted', 'refused', 'throttled', 'look'], logsIn: true }),
  afternoon: server('afternoon', 'contenders/afternoon', { kinds: ['accepted', 'refused'] }),
};

/**
 * Every server under test, the baseline first.
 * @param other the entry point of a second build of the service, such as that of before a change
 */
export function contenders(ours: Start, other: string | undefined): readonly Start[] {
  return [
    PROGRAMS.bare,
    ours,
    ...(other === undefined ? [] : [built('other build', other)]),
    PROGRAMS.least,
    PROGRAMS.peer,
    PROGRAMS.afternoon,
  ];
}

interface Server {
  readonly kinds: readonly Kind[];
  /** Whether it has sessions, made by `POST /login`. Otherwise an identity is its own credential. */
  readonly logsIn?: boolean;
}

function server(name: string, main: Program, { kinds, logsIn = false }: Server): Start {
  return async ({ upstream, redisUrl, port = 0 }) => {
    const process = new Contender(programPath(main), {
      ...upstream.trust,
      NODE_ENV: 'production',
      TWILIO_URL: upstream.url,
      REDIS_URL: redisUrl,
      PORT: String(port),
    });
    const url = `http://127.0.0.1:${await process.port()}`;
    const login = logsIn ? loggedIn(url) : itself;
    return { name, process, url, kinds, login };
  };
}

async function itself(identities: readonly string[]) {
  return identities.map((identity) => ({ authorization: `Bearer ${identity}` }));
}

/** A session is a cookie, or the token in the answer's body. */
function loggedIn(url: string): Runner['login'] {
  const pool = new Pool(url, { connections: 16 });
  const one = async (identity: string): Promise<Readonly<Record<string, string>>> => {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: '/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ identity }),
    });
    if (statusCode !== 201) throw new Error(`a login was answered ${statusCode}`);
    const { token } = (await body.json()) as { token?: string };
    const cookie = String(headers['set-cookie']).split(';', 1)[0] ?? '';
    return token === undefined ? { cookie } : { authorization: `Bearer ${token}` };
  };
  return (identities) => Promise.all(identities.map(one));
}
