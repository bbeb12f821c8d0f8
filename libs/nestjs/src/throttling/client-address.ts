import { isIP } from 'node:net';
import { normalizeIp } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';

/**
 * The address that a request is counted by: the client's, as far as proxies that are trusted have told it; IPv4 also
 * where it is written as IPv6, and of IPv6 the /64, which is what one customer has. What a proxy writes that is no
 * address counts for the proxy itself.
 */
export function addressOf({ ip, ips = [ip] }: Pick<FastifyRequest, 'ip' | 'ips'>): string {
  const addresses = ips.map(withoutPort).filter((address) => isIP(address) !== 0);
  return normalizeIp(addresses.at(-1) ?? '');
}

/** Some proxies add the client's port, which is a new one for each connection. */
function withoutPort(entry: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return bracketed ?? dotted ?? entry;
}
