import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';

/** The outgoing proxies, as in the usual variables of these names. */
export interface Proxies {
  /** URL of the proxy for https URLs, with user and password if required. Default: `httpProxy`. */
  readonly httpsProxy?: string | undefined;
  /** URL of the proxy for http URLs. */
  readonly httpProxy?: string | undefined;
  /** Hosts reached without a proxy, comma-separated: `.example.com` with its subdomains, `host:port`, or `*`. */
  readonly noProxy?: string | undefined;
}

export interface ProxiedDispatcherOptions {
  /** For the connections to the origins themselves; they are the same with and without a proxy. */
  readonly pool: Pool.Options;
  /** For each of the steps: connecting to the proxy, its answer to CONNECT, and TLS with the origin. In milliseconds. */
  readonly connectTimeoutMs: number;
  /** PEM of the authorities to trust for an origin instead of Node's own. */
  readonly ca?: string;
  /** Called with the pool of each origin when it is made. */
  readonly onPool?: (pool: Pool) => void;
}

/** This machine itself, which no proxy can reach. */
const LOOPBACK = 'localhost,127.0.0.1,::1';

/** @returns the same proxies, but none for loopback; undefined where there is none at all */
export function proxiesExceptForLoopback(proxies: Proxies = {}): Proxies | undefined {
  const { httpsProxy, httpProxy, noProxy = '' } = proxies;
  if (httpsProxy === undefined && httpProxy === undefined) return undefined;
  return { httpsProxy, httpProxy, noProxy: `${noProxy},${LOOPBACK}` };
}

/**
 * Sends https requests through a CONNECT tunnel, and http requests to the proxy itself. A request starts on a connected
 * socket only: behind a tunnel that is one whose CONNECT was granted and whose TLS handshake with the origin is over,
 * so a request that fails before that was not sent.
 */
export function proxiedDispatcher(proxies: Proxies, options: ProxiedDispatcherOptions): Dispatcher {
  const { pool: poolOptions, connectTimeoutMs, ca, onPool } = options;
  return new EnvHttpProxyAgent({
    // Empty, not undefined: the agent would read the environment.
    httpsProxy: proxies.httpsProxy ?? '',
    httpProxy: proxies.httpProxy ?? '',
    noProxy: proxies.noProxy ?? '',
    connectTimeout: connectTimeoutMs,
    connect: tlsOptions(ca),
    requestTls: tlsOptions(ca),
    proxyTls: tlsOptions(),
    factory: (origin, { connect }: Pool.Options) => {
      const pool = new Pool(origin, { ...poolOptions, ...(connect !== undefined && { connect }) });
      onPool?.(pool);
      return pool;
    },
    clientFactory: (proxy, { connect }: Pool.Options) =>
      new Pool(proxy, { ...(connect !== undefined && { connect }), allowH2: false, headersTimeout: connectTimeoutMs }),
  });
}

function tlsOptions(ca?: string) {
  return { allowH2: false, ...(ca !== undefined && { ca }) };
}
