/** The address of one server. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** TLS options: PEM texts, and the name that a certificate must have if it differs from the address. */
export interface Tls {
  /** Instead of the public authorities. */
  readonly ca?: string;
  /** The client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Addresses and credentials of Redis. */
export interface RedisEndpoint extends Credentials {
  readonly at:
    | ({ readonly kind: 'server'; readonly db: number } & Address)
    /** `name`: of the primary, as the sentinels are configured. */
    | { readonly kind: 'sentinel'; readonly sentinels: readonly Address[]; readonly name: string }
    /** Some of its nodes; the others are discovered. */
    | { readonly kind: 'cluster'; readonly nodes: readonly Address[] };
  /** If given: TLS to every node that holds data. */
  readonly tls?: Tls;
  /** `tls` if given: TLS to every sentinel. */
  readonly sentinel?: Credentials & { readonly tls?: Tls };
}

/**
 * `redis://user:password@host:6379/0`, `rediss://…` with TLS; `valkey://` and `valkeys://` work as well. Anything after
 * the database number is ignored.
 */
export function endpointOf(url: string, tls: Tls = {}): RedisEndpoint {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  const credentials = {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  };
  const host = hostname.replaceAll(/^\[|\]$/g, '') || '127.0.0.1';
  return {
    at: { kind: 'server', host, port: Number(port || 6379), db: Number(pathname.slice(1)) || 0 },
    ...credentials,
    ...(/^(rediss|valkeys):$/.test(protocol) && { tls }),
  };
}
