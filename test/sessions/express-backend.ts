import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';

declare module 'express-session' {
  interface SessionData {
    identity: unknown;
    challengeSid: unknown;
    user: unknown;
  }
}

export interface BackendOptions {
  readonly redis: Redis;
  readonly prefix: string;
  /** Newest first, as express-session has it. */
  readonly secrets: string[];
  readonly maxAgeMs?: number;
  readonly cookieName?: string;
  /** As `disableTTL` of connect-redis. */
  readonly isForever?: boolean;
}

/** A login backend as it stands in many places: Express and express-session, with records as connect-redis writes them. */
export class ExpressBackend {
  private readonly server: Server;

  private constructor({ redis, prefix, secrets, maxAgeMs, cookieName, isForever = false }: BackendOptions) {
    const app = express();
    app.use(
      session({
        store: new ConnectRedisShapedStore(redis, prefix, isForever),
        secret: secrets,
        resave: false,
        saveUninitialized: false,
        cookie: { ...(maxAgeMs !== undefined && { maxAge: maxAgeMs }) },
        ...(cookieName !== undefined && { name: cookieName }),
      }),
    );
    app.post('/login', express.json(), (request, response) => {
      Object.assign(request.session, request.body);
      response.sendStatus(204);
    });
    app.post('/logout', (request, response) => request.session.destroy(() => response.sendStatus(204)));
    app.get('/whoami', (request, response) => void response.json(request.session.identity ?? null));
    this.server = createServer(app);
  }

  static async start(options: BackendOptions): Promise<ExpressBackend> {
    const backend = new ExpressBackend(options);
    await new Promise<void>((resolve) => backend.server.listen(0, '127.0.0.1', resolve));
    return backend;
  }

  /** @returns the Cookie header that a browser would send from now on */
  async login(record: object): Promise<string> {
    const { headers, status } = await fetch(this.url('/login'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(record),
    });
    const [cookie = ''] = headers.getSetCookie();
    const [pair = ''] = cookie.split(';');
    if (status !== 204 || pair === '') throw new Error(`login: ${status}`);
    return pair;
  }

  async logout(cookie: string): Promise<void> {
    await fetch(this.url('/logout'), { method: 'POST', headers: { cookie } });
  }

  /** What Express itself makes of a cookie; it also keeps the session alive. */
  async whoami(cookie: string): Promise<unknown> {
    return (await fetch(this.url('/whoami'), { headers: { cookie } })).json();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }
}

/** Key, JSON and expiry as connect-redis 7 to 9 write them. A touch moves the key's expiry and leaves the record as it was. */
class ConnectRedisShapedStore extends session.Store {
  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
    private readonly isForever: boolean,
  ) {
    super();
  }

  override get(id: string, done: (error: unknown, data?: session.SessionData | null) => void): void {
    void this.redis.get(this.prefix + id, (error, stored) => {
      done(error, typeof stored === 'string' ? (JSON.parse(stored) as session.SessionData) : null);
    });
  }

  override set(id: string, data: session.SessionData, done?: (error?: unknown) => void): void {
    const [key, stored] = [this.prefix + id, JSON.stringify(data)];
    if (this.isForever) void this.redis.set(key, stored, (error) => done?.(error));
    else void this.redis.set(key, stored, 'EX', secondsOf(data), (error) => done?.(error));
  }

  override touch(id: string, data: session.SessionData, done?: () => void): void {
    if (this.isForever) return done?.();
    void this.redis.expire(this.prefix + id, secondsOf(data), () => done?.());
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    void this.redis.del(this.prefix + id, (error) => done?.(error));
  }
}

function secondsOf({ cookie: { expires } }: session.SessionData): number {
  return expires ? Math.ceil((new Date(expires).getTime() - Date.now()) / 1000) : 86_400;
}
