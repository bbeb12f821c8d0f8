import { Pool } from 'undici';

const CONNECTIONS = 32;

/** A request, as often as it is fired. */
export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What every shot must be answered with: otherwise something else was measured. */
export interface Expected {
  readonly status: number;
  /** What the body matches. */
  readonly body?: RegExp;
}

/**
 * Fires every shot once, 32 at a time.
 * @throws when one is answered with something else than expected
 */
export async function fire(url: string, shots: readonly Shot[], { status, body: pattern }: Expected): Promise<void> {
  const pool = new Pool(url, { connections: CONNECTIONS });
  const rest = shots.values();
  const one = async () => {
    for (const shot of rest) {
      const { statusCode, body } = await pool.request(shot);
      const text = await body.text();
      if (statusCode !== status || pattern?.test(text) === false) {
        throw new Error(`${shot.method} was answered ${statusCode}, not as expected (${status}): ${text}`);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  } finally {
    await pool.destroy();
  }
}
