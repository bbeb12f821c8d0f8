import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, serverOnPath, startServer } from '../support/redis-server.js';
import { ReplySwallower } from './reply-swallower.js';

/** A Redis with an append-only file, behind a proxy, which can be stalled, slowed, cut off, and killed and started again. */
export class BreakableRedis {
  private readonly folder = mkdtempSync(join(tmpdir(), 'push-resend-aof-'));
  private readonly proxy = new ReplySwallower(() => Number(new URL(this.directUrl).port));
  private server: RedisServer | undefined;
  private proxyPort = 0;

  async start(): Promise<void> {
    await this.startServer();
    this.proxyPort = await this.proxy.listen();
  }

  /** Through the proxy: for the service. It stays the same over crashes. */
  get url(): string {
    return `redis://127.0.0.1:${this.proxyPort}`;
  }

  stall(): void {
    this.server?.process.kill('SIGSTOP');
  }

  goOn(): void {
    this.server?.process.kill('SIGCONT');
  }

  swallowReplies(): void {
    this.proxy.swallow();
  }

  healReplies(): void {
    this.proxy.heal();
  }

  delayReplies(byMs: number): void {
    this.proxy.delayMs = byMs;
  }

  async resetConnections(): Promise<void> {
    await this.ask((redis) => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'));
  }

  /** `kill -9`, and then all that was acknowledged comes back from the file. */
  async crash(): Promise<void> {
    await this.server?.stop();
    await this.startServer();
  }

  /** Keys that never expire. */
  async immortalKeys(): Promise<string[]> {
    return this.ask(async (redis) => {
      const keys = await redis.keys('*');
      const ttls = await Promise.all(keys.map((key) => redis.pttl(key)));
      return keys.filter((_, index) => ttls[index] === -1);
    });
  }

  async stop(): Promise<void> {
    if (this.proxyPort !== 0) await this.proxy.close();
    await this.server?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks it past the proxy. */
  async ask<Reply>(command: (redis: Redis) => Promise<Reply>): Promise<Reply> {
    const redis = new Redis(this.directUrl, { lazyConnect: true });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await command(redis);
    } finally {
      redis.disconnect();
    }
  }

  private get directUrl(): string {
    if (!this.server) throw new Error('Redis is not running');
    return this.server.url;
  }

  private async startServer(): Promise<void> {
    const binary = serverOnPath();
    if (binary === undefined) throw new Error('the storm breaks a Redis of its own: put redis-server on PATH');
    const persistence = ['--dir', this.folder, '--appendonly', 'yes', '--appendfsync', 'always'];
    this.server = await startServer(binary, persistence);
    const { process: child } = this.server;
    const endWithUs = () => void child.kill('SIGKILL'); // also when the test run is stopped half-way
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));
  }
}
