import { type Dispatcher, Pool } from 'undici';
import { proxiedDispatcher, type Proxies } from '@egress/proxied-dispatcher.js';

/** Twilio's answers have about 1 KiB. */
const MAX_BODY_BYTES = 64 * 1024;

export interface TwilioSocketsOptions {
  readonly maxSockets: number;
  /** In milliseconds. */
  readonly connectTimeoutMs: number;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string | undefined;
  /** The proxies for Twilio. Default: none. */
  readonly proxies?: Proxies | undefined;
  /** Called with each pool of sockets when it is made. */
  readonly onPool?: (pool: Pool) => void;
}

/** Keep-alive sockets to an origin of Twilio's, directly or through proxies: HTTP/1.1 without pipelining. */
export function twilioSockets(origin: string, options: TwilioSocketsOptions): Dispatcher {
  const { maxSockets, connectTimeoutMs, ca, proxies, onPool } = options;
  const pool: Pool.Options = {
    connections: maxSockets,
    // With 1, undici never moves a started request to a second socket.
    pipelining: 1,
    allowH2: false,
    connectTimeout: connectTimeoutMs,
    // The exchange's deadline covers these, and more exactly: undici checks its timeouts twice a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_BODY_BYTES,
    ...(ca !== undefined && { connect: { ca } }),
  };
  if (proxies) {
    const trust = ca === undefined ? {} : { ca };
    return proxiedDispatcher(proxies, { pool, connectTimeoutMs, ...trust, ...(onPool && { onPool }) });
  }
  const direct = new Pool(origin, pool);
  onPool?.(direct);
  return direct;
}
