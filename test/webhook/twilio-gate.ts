import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where a request to Twilio can be held up: before Twilio hears of it, or before its answer is heard. */
export type Moment = 'fetch asked' | 'fetch answered' | 'create asked' | 'create answered';

/** Stands between the service and Twilio, and lets something happen at a chosen moment. */
export interface TwilioGate {
  readonly url: string;
  /** Where Twilio is; it is known only after the gate. */
  twilio: string;
  /** The next time that this moment comes, `happening` is over before anything goes on. */
  once(moment: Moment, happening: () => Promise<unknown>): void;
  close(): Promise<void>;
}

export async function startGate(): Promise<TwilioGate> {
  const happenings = new Map<Moment, () => Promise<unknown>>();
  const reach = async (moment: Moment): Promise<void> => {
    const happening = happenings.get(moment);
    happenings.delete(moment);
    await happening?.();
  };
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const what = request.method === 'GET' ? 'fetch' : 'create';
    const body = await bodyOf(request);
    await reach(`${what} asked`);
    const { authorization = '', 'content-type': type = '' } = request.headers;
    const answer = await fetch(gate.twilio + (request.url ?? ''), {
      method: request.method ?? 'GET',
      headers: { authorization, ...(type !== '' && { 'content-type': type }) },
      ...(what === 'create' && { body }),
    });
    const told = Buffer.from(await answer.arrayBuffer());
    await reach(`${what} answered`);
    const date = answer.headers.get('date');
    response.writeHead(answer.status, { 'content-type': 'application/json', ...(date !== null && { date }) }).end(told);
  };
  // What can not be passed on is a closed connection.
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gate: TwilioGate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    twilio: '',
    once: (moment, happening) => void happenings.set(moment, happening),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return gate;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
