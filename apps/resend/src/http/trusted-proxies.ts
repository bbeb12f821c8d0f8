import { BlockList, isIP } from 'node:net';
import { withoutPort } from '@nest/throttling/client-address.js';

/**
 * Whether an entry of `X-Forwarded-For` or the address of a socket is a trusted proxy. Some proxies write
 * `address:port`, and a dual-stack socket has IPv4 addresses mapped into IPv6: both mean the same proxy.
 *
 * @param proxies addresses and CIDR ranges
 */
export function trustIn(proxies: readonly string[]): (entry: string) => boolean {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = familyOf(address);
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  return (entry) => {
    const address = withoutPort(entry);
    return isIP(address) !== 0 && trusted.check(address, familyOf(address));
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
