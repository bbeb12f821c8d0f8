import type { FastifyRequest } from 'fastify';
import { bearerToken } from '../input/bearer-token.js';

/** Where a request on the public port has its credential: chosen with the session strategy. */
export abstract class SessionCredential {
  /** True of a cookie: a browser also sends it when another site makes the request. */
  abstract readonly isAmbient: boolean;
  /** What to present instead of nothing, for `WWW-Authenticate`: no scheme of HTTP is a cookie. */
  abstract readonly scheme: 'Bearer' | undefined;
  /** @returns undefined where there is none, or nothing that could be one */
  abstract of(request: FastifyRequest): string | undefined;
}

/** `Authorization: Bearer …` */
export class BearerCredential extends SessionCredential {
  override readonly isAmbient = false;
  override readonly scheme = 'Bearer';

  override of(request: FastifyRequest): string | undefined {
    return bearerToken(request);
  }
}

/** Browsers keep no longer one. */
const MAX_COOKIE_LENGTH = 4096;

/** A cookie of this name, decoded. Of several, the first: so does `express-session`, and both must see the same user. */
export class CookieCredential extends SessionCredential {
  override readonly isAmbient = true;
  override readonly scheme = undefined;

  constructor(private readonly name: string) {
    super();
  }

  override of({ headers }: FastifyRequest): string | undefined {
    for (const pair of (headers.cookie ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at >= 0 && pair.slice(0, at).trim() === this.name) return decoded(pair.slice(at + 1).trim());
    }
    return undefined;
  }
}

function decoded(value: string): string | undefined {
  const bare = /^"(.*)"$/.exec(value)?.[1] ?? value;
  if (bare === '' || bare.length > MAX_COOKIE_LENGTH) return undefined;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}
