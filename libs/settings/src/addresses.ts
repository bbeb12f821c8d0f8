import { isIP } from 'node:net';
import { wholeNumber } from './parsed-by.js';

/** `host:port` of a process that listens. */
export interface Address {
  /** Without the brackets of an IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** `one.example.com:26379,[::1]:26379` → addresses. A malformed one gets NaN as its port. */
export function parseAddresses(text: string): readonly Address[] {
  return text.split(',').map((address) => {
    const [, host = '', ipv6, port = ''] = /^([\w.-]+|\[([\da-fA-F:.]+)\]):(\d+)$/.exec(address) ?? [];
    return { host: ipv6 ?? host, port: wholeNumber(port) };
  });
}

export function areAddresses(addresses: readonly Address[]): boolean {
  return addresses.every(({ port }) => port >= 1 && port <= 65_535);
}

/** `[::1]` → `::1`: from URL notation to the system's. Any other text is unchanged. */
export function withoutBrackets(text: string): string {
  return /^\[(.+)\]$/.exec(text)?.[1] ?? text;
}

/** An IP address, or a CIDR range such as `10.0.0.0/8` of at least one bit. */
export function isAddressRange(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const isPrefix = prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && more.length === 0 && isPrefix;
}
