import { isIP } from 'node:net';
import { normalizeIp } from '@nestjs/throttler';
import type { HttpRequest } from '../requests/request-context.js';

/**
 * The address by which a request is counted: the client's, as reported by trusted proxies. IPv4-mapped IPv6 counts as
 * IPv4; IPv6 counts by /64, the block of one customer. An entry that is not an address is skipped, so the proxy that
 * wrote it is counted instead.
 */
export function addressOf({ ip = '', ips, socket }: Pick<HttpRequest, 'ip' | 'ips' | 'socket'>): string {
  const reported = ips === undefined || ips.length === 0 ? [ip] : ips;
  // Fastify lists the client last, after the socket's own address; Express lists it first, without the socket's.
  const clientLast = reported.at(-1) === ip ? reported : reported.toReversed();
  const addresses = [socket?.remoteAddress ?? '', ...clientLast].map(withoutPort).filter((entry) => isIP(entry) !== 0);
  return normalizeIp(addresses.at(-1) ?? '');
}

/** Some proxies append the port, which differs for each connection. */
export function withoutPort(entry: string): string {
  const [, bracketed, dotted] = /^(?:\[([^\]]*)\](?::\d+)?|([\d.]+):\d+)$/.exec(entry) ?? [];
  return bracketed ?? dotted ?? entry;
}
