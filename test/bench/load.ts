import { Pool } from 'undici';

const CONNECTIONS = 32;

/** A request, as often as it is fired. */
export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Fires every shot once, 32 at a time.
 * @throws when one is not answered with `status`: then something else was measured
 */
export async function fire(url: string, shots: readonly Shot[], status: number): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const rest = shots.values();
  const one = async () => {
    for (const shot of rest) {
      const { statusCode, body } = await pool.request(shot);
      const text = await body.text();
      if (statusCode !== status) throw new Error(`${shot.method} was answered ${statusCode}, not ${status}: ${text}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  } finally {
    await pool.destroy();
  }
}
