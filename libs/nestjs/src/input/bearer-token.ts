import type { FastifyRequest } from 'fastify';

/** RFC 6750, 2.1: the scheme is case-insensitive, the token one word. A JWT can have some KiB. */
export function bearerToken({ headers }: FastifyRequest): string | undefined {
  return /^bearer +([A-Za-z0-9._~+/-]{1,8192}=*)$/i.exec(headers.authorization ?? '')?.[1];
}
