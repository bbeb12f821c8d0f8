/** One connection: what is written on it, and the answers to it, read strictly. */
import { connect } from 'node:net';
import type { Written } from './request-bytes.js';

export interface ReadAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Writes piece by piece, says that this was all, and reads until the other side closes. @returns the answers */
export function exchange(port: number, { bytes: text, cuts }: Written): Promise<ReadAnswer[]> {
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  const pieces = places.slice(1).map((place, index) => Buffer.from(text.slice(places[index], place), 'latin1'));
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let received = '';
    // Whoever is let go while it still writes may lose the end of what it was sent.
    let mayBeCut = false;
    socket.setTimeout(15_000, () => socket.destroy(new Error(`no end after ${JSON.stringify(received)}`)));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      // It would go on until the service looks for clients that have gone.
      if (!/^content-type: text\/event-stream/im.test(received)) return;
      mayBeCut = true;
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      mayBeCut ||= error.code === 'ECONNRESET' || error.code === 'EPIPE';
      if (!mayBeCut) reject(error);
    });
    socket.on('close', () => {
      try {
        resolve(answersIn(received, mayBeCut));
      } catch (error) {
        reject(error);
      }
    });
    socket.on('end', () => socket.end());
    void writeAll();

    async function writeAll(): Promise<void> {
      for (const piece of pieces) {
        if (socket.writable) socket.write(piece);
        await new Promise(setImmediate);
      }
      if (socket.writable) socket.end();
    }
  });
}

const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) [A-Za-z -]+$/;
const HEADER = /^([A-Za-z][A-Za-z-]*): ([ -~]*)$/;

/**
 * Reads all answers, and nothing but answers.
 * @throws Error at the first byte that does not belong to one
 */
function answersIn(received: string, mayBeCut: boolean): ReadAnswer[] {
  const answers: ReadAnswer[] = [];
  let rest = received;
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0 && mayBeCut) break;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(STATUS_LINE.exec(first)?.[1]);
    if (end < 0 || Number.isNaN(status)) throw new Error(`not an answer: ${JSON.stringify(rest.slice(0, 300))}`);
    const headers = new Map<string, string>();
    for (const line of lines) {
      const [, name, value] = HEADER.exec(line) ?? [];
      if (name === undefined || value === undefined || headers.has(name.toLowerCase()))
        throw new Error(`not a header, or not the only one: ${JSON.stringify(line)}`);
      headers.set(name.toLowerCase(), value);
    }
    rest = rest.slice(end + 4);
    if (status === 100) continue;
    const length = lengthOf(headers, rest);
    if (rest.length < length && mayBeCut) break;
    if (rest.length < length) throw new Error(`cut: ${rest.length} of ${length} bytes of a ${status}`);
    answers.push({ status, headers, body: rest.slice(0, length) });
    rest = rest.slice(length);
  }
  return answers;
}

/** The answer to a HEAD has the length of that to a GET, and no body. */
function lengthOf(headers: ReadonlyMap<string, string>, rest: string): number {
  if (headers.get('content-type') === 'text/event-stream') return rest.length;
  const hasBody = rest !== '' && !rest.startsWith('HTTP/1.1 ');
  return hasBody ? Number(headers.get('content-length') ?? 0) : 0;
}
