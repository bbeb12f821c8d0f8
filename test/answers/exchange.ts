import { connect } from 'node:net';

/** An answer as it came over the wire. */
export interface Answer {
  /** Status code and reason phrase: `201 Created`. */
  readonly status: string;
  /** By lower-case name, sorted; a list where the answer has the header more than once. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Empty where there is none. */
  readonly body: string;
}

/** How long an answer may take, in milliseconds: longer than the service waits for a slow client. */
const PATIENCE_MS = 12_000;

/**
 * Writes bytes to a port of this machine, on a connection of their own, and reads one answer. Not `fetch` nor Node's
 * client: both refuse to send what is malformed, and change what they send.
 * @returns undefined where the connection ends without an answer
 */
export function exchange(port: number, bytes: string): Promise<Answer | undefined> {
  const hasNoBody = bytes.startsWith('HEAD ');
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no answer to ${bytes.slice(0, 80)}`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = answerIn(received, hasNoBody);
      if (!answer) return;
      resolve(answer);
      socket.destroy();
    });
    // A service that refuses an oversized request may reset the connection under what is still being written.
    socket.once('error', reject);
    socket.once('close', () => resolve(undefined));
  });
}

/** The answer, once all of it is there. An interim answer (`100 Continue`) is passed over. */
function answerIn(received: Buffer, hasNoBody: boolean): Answer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [statusLine = '', ...lines] = received.subarray(0, end).toString('latin1').split('\r\n');
  const rest = received.subarray(end + 4);
  const status = statusLine.replace(/^HTTP\/1\.1 /, '');
  if (status.startsWith('1')) return answerIn(rest, hasNoBody);
  const headers = headersOf(lines);
  const body = hasNoBody || status.startsWith('204') ? '' : bodyIn(rest, headers);
  return body === undefined ? undefined : { status, headers, body };
}

function headersOf(lines: readonly string[]): Answer['headers'] {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase();
    values.set(name, [...(values.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  const named = [...values].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    named.map(([name, [first = '', ...more]]) => [name, more.length ? [first, ...more] : first]),
  );
}

/** The service gives every body a Content-Length; one that comes in chunks shows up as a body that never ends. */
function bodyIn(rest: Buffer, headers: Answer['headers']): string | undefined {
  const length = Number(headers['content-length'] ?? Number.NaN);
  return rest.length >= length ? rest.subarray(0, length).toString('utf8') : undefined;
}
