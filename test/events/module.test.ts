/** Event streams in an application of somebody else, on Express and on Fastify. */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { DynamicModule, MiddlewareConsumer, NestModule } from '@nestjs/common';
import session from 'express-session';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Drain, PushResendModule, type PushResendOptions } from '@nest/index.js';
import { ScriptedTwilio } from '@nest/testing/scripted-twilio.js';
import { type Host, type HostUser, LoginGuard, PLATFORMS, type Platform, startHost } from '../nestjs/host.js';
import { hangUpAll, type Listening, listenTo } from './listening.js';

const USER = 'user-of-the-host';

const hosts: Host[] = [];
afterEach(async () => {
  hangUpAll();
  for (const { app } of hosts.splice(0)) await app.close();
});

async function start(platform: Platform, more: Partial<PushResendOptions> = {}, ...others: DynamicModule[]) {
  const twilio = new ScriptedTwilio();
  const host = await startHost(
    platform,
    PushResendModule.forRoot({
      twilio,
      redis: 'memory',
      session: ({ user }: { user?: HostUser }) => user,
      ...more,
      routes: { public: { path: 'login/pushes', guards: [LoginGuard] } },
    }),
    ...others,
  );
  hosts.push(host);
  const sid = twilio.challenge({ identity: USER });
  const path = `/api/login/pushes/${sid}`;
  const authorization = `Login ${USER}`;
  const baseUrl = await host.app.getUrl();
  return {
    ...host,
    twilio,
    sid,
    path,
    authorization,
    tap: () => host.http.post(`${path}/notifications`).set('authorization', authorization),
    listen: (headers: Record<string, string> = {}): Promise<Listening> =>
      listenTo(`${baseUrl}${path}/events`, { authorization, ...headers }),
  };
}

describe.each(PLATFORMS)('on %s', (platform) => {
  test('a screen is told at once, after the tap of another tab, and of the approval, and the stream ends', async () => {
    const { http, path, authorization, listen, tap, twilio, sid } = await start(platform);
    const stream = await listen();
    await expect.poll(stream.shows).toBe('pending ready');
    const { body } = await http.get(path).set('authorization', authorization).expect(200);
    expect(stream.standings[0]?.resend).toEqual(body.resend);
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'request-id': expect.stringMatching(/./),
    });
    await tap().expect(201);
    await expect.poll(stream.shows).toBe('pending cooling-down');
    twilio.respond(sid, 'approved');
    expect(await stream.ended).toBe('ended');
    expect(stream.shows()).toBe('approved closed');
  });

  test('the host says who may listen, and is asked again', async () => {
    let isLoggedIn = true;
    const { http, path, listen } = await start(platform, {
      session: ({ user }: { user?: HostUser }) => (isLoggedIn ? user : null),
      events: { heartbeatMs: 50 },
    });
    await http.get(`${path}/events`).expect(401);
    const stream = await listen();
    await expect.poll(stream.heartbeats).toBeGreaterThan(1);
    isLoggedIn = false;
    expect(await stream.ended).toBe('ended');
  });

  test('a HEAD opens no stream, and too many are refused with a problem', async () => {
    const { http, path, authorization, listen } = await start(platform, { events: { maxStreams: 1 } });
    await http.head(`${path}/events`).set('authorization', authorization).expect(200);
    const stream = await listen();
    expect(stream.response.status).toBe(200);
    const { body, type } = await http.get(`${path}/events`).set('authorization', authorization).expect(503);
    expect(type).toBe('application/problem+json');
    expect(body.code).toBe('overloaded');
    stream.hangUp();
    await expect.poll(async () => (await listen()).response.status).toBe(200);
  });

  test('open streams do not hold up the end of the application', async () => {
    const { app, listen } = await start(platform);
    const stream = await listen();
    await expect.poll(stream.shows).toBe('pending ready');
    hosts.splice(0);
    const startedAt = performance.now();
    await app.close();
    expect(await stream.ended).toBe('ended');
    expect(performance.now() - startedAt).toBeLessThan(5000); // a lease is 10 s
  });

  test('requests that are pipelined behind a stream are over when their connection is lost', async () => {
    const { app, path, authorization } = await start(platform);
    const drain = app.get(Drain);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const ask = (what: string) => `GET ${what} HTTP/1.1\r\nHost: api\r\nAuthorization: ${authorization}\r\n\r\n`;
    const socket = connect(port, '127.0.0.1');
    socket.write(ask(`${path}/events`));
    await once(socket, 'data');
    const began = vi.spyOn(drain, 'begin');
    socket.write(ask(path) + ask(path) + ask(path));
    await expect.poll(() => began.mock.calls.length).toBe(3);
    socket.destroy();
    expect(await drain.drain(3000)).toBe(0);
  });

  test('they can be switched off, and all else works', async () => {
    const { http, path, authorization, tap } = await start(platform, { events: false });
    const { body } = await http.get(`${path}/events`).set('authorization', authorization).expect(404);
    expect(body.code).toBe('not-found');
    await tap().expect(201);
  });
});

test('a stream does not store a session of express-session again that was destroyed meanwhile', async () => {
  const store = new session.MemoryStore();
  class CookieSessions implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      const middleware = session({ secret: 'of-the-host', resave: true, saveUninitialized: true, store });
      consumer.apply(middleware).forRoutes('{*path}');
    }
  }
  const { http, sid, path, authorization, listen, twilio } = await start('express', {}, { module: CookieSessions });
  const { headers } = await http.get(path).set('authorization', authorization).expect(200);
  const [cookie = ''] = (headers['set-cookie'] ?? '') as unknown as string[];
  const ids = () => new Promise<string[]>((resolve) => store.all((_, all) => resolve(Object.keys(all ?? {}))));
  const [id = ''] = await ids();
  const stream = await listen({ cookie: cookie.split(';', 1)[0] ?? '' });
  await expect.poll(stream.shows).toBe('pending ready');
  await new Promise((resolve) => store.destroy(id, resolve));
  twilio.respond(sid, 'approved');
  expect(await stream.ended).toBe('ended');
  expect(await ids()).toEqual([]);
});
