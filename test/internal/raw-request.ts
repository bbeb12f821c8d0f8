import { type Agent, request } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  /** As it goes over the wire: nothing is decoded or tidied up on the way, as it would be by `fetch`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  /** Where connections are kept; without one, each request has its own. */
  readonly agent?: Agent;
}

/** One exchange with a port of this machine. Of a stream of events it takes the head alone, and hangs up. */
export function rawRequest(port: number, wanted: RawRequest): Promise<RawAnswer> {
  const { method, path, headers = {}, body, agent = false } = wanted;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const ofBody =
    payload === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers: { ...ofBody, ...headers }, agent };
    const sent = request(options, (response) => {
      const { statusCode: status = 0, headers: answered } = response;
      if (answered['content-type'] === 'text/event-stream') {
        response.destroy();
        return resolve({ status, headers: answered, text: '' });
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.once('end', () => {
        resolve({ status, headers: answered, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.once('error', reject);
    sent.end(payload);
  });
}

/** The `code` of a problem; undefined for anything else. */
export function codeOf({ text }: RawAnswer): string | undefined {
  if (!text.startsWith('{')) return undefined;
  return (JSON.parse(text) as { code?: string }).code;
}
