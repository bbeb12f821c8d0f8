/** A request as a table writes it. `<name>` in it stands for a value of the scenario: `<token>`, `<challenge>`. */
export interface Message {
  readonly port: 'public' | 'private';
  /** What is sent: all bytes of it. */
  readonly bytes: string;
}

export interface Parts {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, and called JSON unless `headers` say otherwise; an object as JSON. */
  readonly body?: string | object;
}

/** A request that HTTP allows, with its Host and its Content-Length. */
export function request(port: Message['port'], target: string, { headers = {}, body }: Parts = {}): Message {
  const payload = typeof body === 'object' ? JSON.stringify(body) : body;
  const all = {
    Host: 'push-resend.test',
    ...(payload !== undefined && { 'Content-Type': 'application/json', 'Content-Length': '<length>' }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return { port, bytes: `${[`${target} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n${payload ?? ''}` };
}

/** Bytes as they are, not always HTTP. */
export function raw(port: Message['port'], bytes: string): Message {
  return { port, bytes };
}

const BY_PHONE = { Authorization: 'Bearer <token>' };

/** The button: `POST /v1/challenges/…/notifications` by the session of the last login. */
export function tap({ headers, body, key }: Parts & { readonly key?: string } = {}): Message {
  const idempotency = key === undefined ? {} : { 'Idempotency-Key': key };
  return request('public', 'POST /v1/challenges/<challenge>/notifications', {
    headers: { ...BY_PHONE, ...idempotency, ...headers },
    ...(body !== undefined && { body }),
  });
}

/** What a screen asks: `GET /v1/challenges/…`. */
export function look(headers: Parts['headers'] = {}): Message {
  return request('public', 'GET /v1/challenges/<challenge>', { headers: { ...BY_PHONE, ...headers } });
}

/**
 * A call of the internal API, by the consumer that has every scope.
 * @param target below `/internal/v1`: `PUT /pause`
 */
export function internal(target: string, { headers, body }: Parts = {}): Message {
  return request('private', target.replace(' /', ' /internal/v1/'), {
    headers: { Authorization: 'Bearer <key: desk>', ...headers },
    ...(body !== undefined && { body }),
  });
}

/** Puts values in the place of their names. @throws where there is no such value */
export function filledIn(bytes: string, values: ReadonlyMap<string, string>): string {
  const filled = bytes.replaceAll(/<([a-z][\w: -]*)>/gi, (whole, name: string) => {
    if (name === 'length') return whole;
    const value = values.get(name);
    if (value === undefined) throw new Error(`nothing here is called ${whole}`);
    return value;
  });
  const body = filled.slice(filled.indexOf('\r\n\r\n') + 4);
  return filled.replace('<length>', String(Buffer.byteLength(body)));
}
