import type { ServerResponse } from 'node:http';

/** An answer ready to be sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Twilio's code in an error body. */
  readonly code?: number;
}

type Headers = Reply['headers'];

/** JSON as Twilio sends it; undefined: no body and no content type. */
export function jsonReply(status: number, body: unknown, headers: Headers): Reply {
  if (body === undefined) return { status, headers, body: Buffer.alloc(0) };
  const reply = {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
  const isError = status >= 400 && typeof body === 'object' && body !== null && 'code' in body;
  return isError && typeof body.code === 'number' ? { ...reply, code: body.code } : reply;
}

/** A page, as a proxy in front of Twilio would send it. */
export function htmlReply(status: number, headers: Headers): Reply {
  const body = `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>`;
  return { status, headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' }, body: Buffer.from(body) };
}

/** Sends status and headers, and the length of the body that is to follow unless it is not known. */
export function writeHead(response: ServerResponse, { status, headers, body }: Reply, lengthKnown = true): void {
  const length = lengthKnown && status !== 204 ? { 'Content-Length': String(body.length) } : {};
  response.sendDate = false; // the Date header is the simulated one
  response.writeHead(status, { ...headers, ...length });
}

/** Sends the whole of it. */
export function send(response: ServerResponse, reply: Reply): void {
  writeHead(response, reply);
  response.end(reply.body);
}
