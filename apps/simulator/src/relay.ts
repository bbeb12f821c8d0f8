import { Readable } from 'node:stream';

import type { FastifyInstance, FastifyRequest } from 'fastify';

type Relayed = Pick<FastifyRequest, 'headers' | 'body'>;

const CHALLENGE = '/v1/challenges/:sid';
const TIMEOUT_MS = 30_000;
/** What the resend service may see of the browser's request, and the browser of its answer. */
const REQUEST_HEADERS = ['accept', 'authorization', 'idempotency-key', 'content-type'] as const;
const ANSWER_HEADERS = [
  'content-type',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotent-replayed',
  'request-id',
];

interface RelayOptions {
  /** Where requests go. */
  readonly serviceUrl: string;
  /** What the page calls it. */
  readonly shownServiceUrl: string;
  readonly startsLogins: boolean;
}

/**
 * The relay that lets the page's login screen call the resend service from the same origin: three routes of one service
 * that the environment names, never a URL that the browser chose.
 */
export function registerRelay(app: FastifyInstance, { serviceUrl, shownServiceUrl, startsLogins }: RelayOptions): void {
  app.get('/_sim/login-screen', () => ({ serviceUrl: shownServiceUrl, startsLogins }));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  for (const [method, path] of [
    ['GET', CHALLENGE],
    ['GET', `${CHALLENGE}/events`],
    ['POST', `${CHALLENGE}/notifications`],
  ] as const) {
    app.route<{ Params: { sid: string } }>({
      method,
      url: `/_sim/login-screen${path}`,
      handler: async (request, reply) => {
        const { sid } = request.params;
        if (!/^[A-Za-z0-9]+$/.test(sid))
          return reply.code(404).send({ title: 'Not a Challenge', detail: 'No such path.' });
        const url = serviceUrl + path.replace(':sid', sid);
        const gone = new AbortController();
        reply.raw.once('close', () => gone.abort());
        const answer = await forward(method, url, request, gone);
        if (!answer)
          return reply
            .code(502)
            .send({ title: 'The resend service is not running', detail: `Nothing answers at ${serviceUrl}.` });
        for (const name of ANSWER_HEADERS) {
          const value = answer.headers.get(name);
          if (value !== null) reply.header(name, value);
        }
        return reply.code(answer.status).send(Readable.from(answer.body ?? [], { objectMode: false }));
      },
    });
  }
}

/** The service's answer as soon as its headers are there; undefined when there is none. */
async function forward(
  method: string,
  url: string,
  request: Relayed,
  gone: AbortController,
): Promise<Response | undefined> {
  const headers: Record<string, string> = {};
  for (const name of REQUEST_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const body = method === 'POST' && typeof request.body === 'string' ? { body: request.body } : {};
  const deadline = setTimeout(() => gone.abort(), TIMEOUT_MS);
  try {
    return await fetch(url, { method, headers, ...body, redirect: 'manual', signal: gone.signal });
  } catch {
    return undefined;
  } finally {
    clearTimeout(deadline);
  }
}
