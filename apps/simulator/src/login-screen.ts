import { readFileSync } from 'node:fs';

import type { FastifyInstance, FastifyRequest } from 'fastify';

type Relayed = Pick<FastifyRequest, 'headers' | 'body'>;

const CHALLENGE = '/v1/challenges/:sid';
const TIMEOUT_MS = 30_000;
/** What the resend service may see of the browser's request, and the browser of its answer. */
const REQUEST_HEADERS = ['authorization', 'idempotency-key', 'content-type'] as const;
const ANSWER_HEADERS = [
  'content-type',
  'retry-after',
  'ratelimit',
  'ratelimit-policy',
  'idempotent-replayed',
  'request-id',
];

/**
 * The web page, and the relay that lets its login screen call the resend service from the same origin: two routes of
 * one service that the environment names, never a URL that the browser chose.
 */
export function registerLoginScreen(app: FastifyInstance, serviceUrl: string): void {
  const page = readFileSync(new URL('./page/index.html', import.meta.url), 'utf8');
  const base = serviceUrl.replace(/\/+$/, '');

  app.get('/', (_request, reply) =>
    reply
      .header('Content-Type', 'text/html; charset=utf-8')
      .header('Cache-Control', 'no-store')
      .header(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      .header('Referrer-Policy', 'no-referrer')
      .send(page),
  );
  app.get('/_sim/login-screen', () => ({ serviceUrl: base }));

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  for (const [method, path] of [
    ['GET', CHALLENGE],
    ['POST', `${CHALLENGE}/notifications`],
  ] as const) {
    app.route<{ Params: { sid: string } }>({
      method,
      url: `/_sim/login-screen${path}`,
      handler: async (request, reply) => {
        const { sid } = request.params;
        if (!/^[A-Za-z0-9]+$/.test(sid))
          return reply.code(404).send({ title: 'Not a Challenge', detail: 'No such path.' });
        const url = base + path.replace(':sid', sid);
        const answer = await forward(method, url, request);
        if (!answer)
          return reply
            .code(502)
            .send({ title: 'The resend service is not running', detail: `Nothing answers at ${base}.` });
        for (const name of ANSWER_HEADERS) {
          const value = answer.headers.get(name);
          if (value !== null) reply.header(name, value);
        }
        return reply.code(answer.status).send(Buffer.from(await answer.arrayBuffer()));
      },
    });
  }
}

/** The service's answer; undefined when there is none. */
async function forward(method: string, url: string, request: Relayed): Promise<Response | undefined> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  for (const name of REQUEST_HEADERS) {
    const value = request.headers[name];
    if (typeof value === 'string') headers[name] = value;
  }
  const body = method === 'POST' && typeof request.body === 'string' ? { body: request.body } : {};
  try {
    return await fetch(url, { method, headers, ...body, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    return undefined;
  }
}
