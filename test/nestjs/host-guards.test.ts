/** Guards and session functions of the host can throw anything: the answer stays a problem that is true. */
import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  MethodNotAllowedException,
  NotAcceptableException,
  ServiceUnavailableException,
  UnauthorizedException,
  UnprocessableEntityException,
} from '@nestjs/common';
import { Registry } from '@prometheus-io/client';
import { afterEach, describe, expect, test } from 'vitest';
import { PushResendTestingModule, type PushResendTestingOptions } from '@nest/testing/index.js';
import { PLATFORMS, type Platform, startHost } from './host.js';

const CHALLENGE = `YC${'0'.repeat(32)}`;
const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

async function look(platform: Platform, options: PushResendTestingOptions) {
  const lines: string[] = [];
  const keep = (line: object, message: string) => void lines.push(`${message} ${JSON.stringify(line)}`);
  const logger = { debug: keep, info: keep, warn: keep, error: keep };
  const { app, http } = await startHost(platform, PushResendTestingModule.forRoot({ logger, ...options }));
  opened.push(() => app.close());
  const { status, body, headers } = await http.get(`/api/pushes/${CHALLENGE}`);
  return { status, body, headers, log: lines.join('\n') };
}

function ownCause(): Error {
  const error = new Error('a bug');
  error.cause = error;
  return error;
}

const thrown: [what: string, thrown: unknown, status: number, code: string][] = [
  ['nothing', undefined, 500, 'internal-error'],
  ['null', null, 500, 'internal-error'],
  ['a bug', new TypeError('a bug'), 500, 'internal-error'],
  ['a status that is a word', Object.assign(new Error('x'), { status: 'failed' }), 500, 'internal-error'],
  ['a status that has no words', { status: { toString: null } }, 500, 'internal-error'],
  ['an error that is its own cause', ownCause(), 500, 'internal-error'],
  ['400', new BadRequestException('x-tenant is missing'), 400, 'invalid-request'],
  ['401', new UnauthorizedException(), 401, 'session-invalid'],
  ['403', new ForbiddenException(), 403, 'insufficient-scope'],
  ['405', new MethodNotAllowedException(), 405, 'method-not-allowed'],
  ['406', new NotAcceptableException(), 406, 'not-acceptable'],
  ['422', new UnprocessableEntityException(['the body is not valid']), 400, 'invalid-request'],
  ['423', new HttpException('this account is locked', 423), 403, 'insufficient-scope'],
  ['503', new ServiceUnavailableException('the user store is down'), 503, 'session-unavailable'],
];

describe.each(PLATFORMS)('on %s', (platform) => {
  test.each(thrown)('a guard throws %s', async (_, error, status, code) => {
    const guard = {
      canActivate: () => {
        throw error;
      },
    };
    const routes = { public: { path: 'pushes', guards: [guard] } };
    const answer = await look(platform, { session: () => undefined, routes });
    expect(answer).toMatchObject({ status, body: { code, status } });
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.body).not.toHaveProperty('errors');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect(answer.log.includes('a bug')).toBe(status === 500);
    expect(answer.log.includes('guard of the host')).toBe(status === 503);
  });

  const sessions: [what: string, session: unknown, status: number, reason?: string][] = [
    ['null', null, 401, 'no-session'],
    ['true', true, 401, 'no-identity'],
    ['a number as identity', { identity: 12_345_678 }, 404],
    ['a symbol as identity', { identity: Symbol('somebody') }, 401, 'identity-not-twilios'],
    ['an object without a prototype as identity', { identity: Object.create(null) }, 401, 'identity-not-twilios'],
    ['a Challenge that is none', { identity: 'somebody-0001', challengeSid: 'YC1' }, 401, 'challenge-not-twilios'],
    ['no Challenge, as null', { identity: 'somebody-0001', challengeSid: null }, 404],
    ['another Challenge', { identity: 'somebody-0001', challengeSid: `YC${'1'.repeat(32)}` }, 404, 'other-challenge'],
  ];
  test.each(sessions)('session() returns %s', async (_, session, status, reason) => {
    const routes = { public: { path: 'pushes' } };
    const registry = new Registry();
    const answer = await look(platform, { session: () => session as never, routes, metrics: registry });
    const metrics = await registry.metrics();
    expect(answer.body).toMatchObject({ status, code: status === 404 ? 'challenge-not-found' : 'session-invalid' });
    expect(answer.log).not.toContain('a bug');
    expect(answer.headers['www-authenticate']).toBeUndefined();
    const refused = /^credential refused .*"reason":"([a-z-]+)"/m.exec(answer.log)?.[1];
    expect(refused).toBe(reason);
    for (const [, other] of metrics.matchAll(/^push_resend_sessions_refused_total\{reason="([^"]+)"\} 1$/gm))
      expect(other).toBe(reason);
    expect(metrics).toContain(`push_resend_sessions_refused_total{reason="${reason ?? 'expired'}"} ${reason ? 1 : 0}`);
  });

  test('session() rejects with nothing', async () => {
    const routes = { public: { path: 'pushes' } };
    const answer = await look(platform, { session: () => Promise.reject(), routes });
    expect(answer.body).toMatchObject({ status: 500, code: 'internal-error' });
  });
});
