/** undici's messages when a proxy refuses a tunnel, and when it refuses our credentials for a plain request. */
const REFUSAL = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((407)\)/;

/** @returns what a proxy answered instead of passing a request on, such as `proxy-407`; undefined for any other error */
export function proxyRefusal({ message }: Error): string | undefined {
  const [, ofTunnel, ofRequest] = REFUSAL.exec(message) ?? [];
  const status = ofTunnel ?? ofRequest;
  return status === undefined ? undefined : `proxy-${status}`;
}
