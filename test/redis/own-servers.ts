import { type ChildProcess, spawn } from 'node:child_process';
import { Redis, type RedisOptions } from 'ioredis';
import { serverOnPath, startServer, type RedisServer } from '../support/redis-server.js';

/** What a test started, to be stopped in reverse order, whatever became of the test. */
export class Started {
  private readonly stops: (() => unknown)[] = [];

  add(stop: () => unknown): void {
    this.stops.push(stop);
  }

  async stopAll(): Promise<void> {
    for (const stop of this.stops.splice(0).toReversed()) await stop();
  }

  /** A server of the test's own, which it may break. */
  async server(...options: string[]): Promise<OwnServer> {
    const server = await startServer(serverBinary(), options);
    const admin = this.client({ port: Number(new URL(server.url).port) });
    this.add(() => server.stop());
    return { ...server, port: Number(new URL(server.url).port), admin };
  }

  /** A server as told, where nobody waits for its answer: one that loads, a sentinel, one that was killed before. */
  spawned(...args: string[]): ChildProcess {
    const child = spawn(serverBinary(), args, { stdio: 'ignore' });
    this.add(async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    });
    return child;
  }

  /** A plain connection, for looking and breaking. */
  client(options: Omit<RedisOptions, 'replyMapping'> & { port: number }): Redis {
    const redis = new Redis({ host: '127.0.0.1', disableClientInfo: true, ...options });
    redis.on('error', () => undefined);
    this.add(() => redis.disconnect());
    return redis;
  }
}

export interface OwnServer extends RedisServer {
  readonly port: number;
  /** Its default user, with every right. */
  readonly admin: Redis;
}

export function serverBinary(): string {
  const binary = serverOnPath();
  if (binary === undefined) throw new Error('this test breaks a Redis of its own: put redis-server on PATH');
  return binary;
}

/** Awaits a condition, for at most `withinMs`. @throws naming what did not come true */
export async function until(what: string, condition: () => unknown, withinMs = 20_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const holds = await Promise.resolve()
      .then(condition)
      .catch(() => false);
    if (holds) return;
    if (performance.now() > giveUpAt) throw new Error(`within ${withinMs} ms it did not come true that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
