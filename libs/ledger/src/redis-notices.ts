import { Cluster } from 'ioredis';
import type { RedisConnection } from '@redis/connection.js';
import { subscriberLike } from '@redis/subscriber.js';
import { Listeners, Notices } from './notices.js';

export interface RedisNoticesOptions {
  /** Prefix of every channel, as of every key. */
  readonly keyPrefix: string;
  /** Called with the subscribing connection, when it is first needed. */
  readonly onSubscriber?: (subscriber: RedisConnection) => void;
  /** Redis refused to subscribe or to publish: called once, until it works again. */
  readonly onRefused?: (command: Command, error: unknown) => void;
  readonly onAccepted?: (command: Command) => void;
}

type Command = 'subscribe' | 'publish';

/**
 * Notices by Redis pub/sub, one channel for each user, which has the hash tag of the user's key: in a Cluster the
 * channels are sharded. An instance publishes on the ledger's connection, and subscribes on a separate one, opened for
 * the first listener.
 */
export class RedisNotices extends Notices {
  private readonly listeners = new Listeners();
  private readonly refused = new Set<Command>();
  private subscriber: RedisConnection | undefined;
  private isClosed = false;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisNoticesOptions,
  ) {
    super();
  }

  /** Not awaited: no tap waits for it, and none fails because of it. */
  override publish(user: string): void {
    const channel = this.channelOf(user);
    const { redis } = this;
    void this.watched('publish', () =>
      redis instanceof Cluster ? redis.spublish(channel, '') : redis.publish(channel, ''),
    );
  }

  override listen(user: string, onNotice: () => void): () => void {
    if (this.isClosed) return () => undefined;
    const channel = this.channelOf(user);
    const isFirst = this.listeners.add(channel, onNotice);
    const subscriber = (this.subscriber ??= this.open());
    // Otherwise `subscribeToAll` does it once the connection is there.
    if (isFirst && subscriber.status === 'ready') void this.subscribe(subscriber, channel);
    return () => {
      if (this.listeners.remove(channel, onNotice)) this.unsubscribe(subscriber, channel);
    };
  }

  override close(): void {
    this.isClosed = true;
    this.listeners.clear();
    this.subscriber?.disconnect();
  }

  private channelOf(user: string): string {
    return `${this.options.keyPrefix}{${user}}:events`;
  }

  private open(): RedisConnection {
    const subscriber = subscriberLike(this.redis);
    this.options.onSubscriber?.(subscriber);
    const isSharded = subscriber instanceof Cluster;
    subscriber.on(isSharded ? 'smessage' : 'message', (channel: string) => this.heard(subscriber, channel));
    subscriber.on(isSharded ? 'subscribersReady' : 'ready', () => this.subscribeToAll(subscriber));
    subscriber.connect().catch(() => undefined); // it keeps trying, and emits `error`
    return subscriber;
  }

  private heard(subscriber: RedisConnection, channel: string): void {
    if (this.listeners.has(channel)) this.listeners.call(channel);
    // The last listener left while Redis was unreachable.
    else this.unsubscribe(subscriber, channel);
  }

  private subscribeToAll(subscriber: RedisConnection): void {
    for (const channel of this.listeners.keys()) void this.subscribe(subscriber, channel);
  }

  private async subscribe(subscriber: RedisConnection, channel: string): Promise<void> {
    const hasBegun = await this.watched('subscribe', () =>
      subscriber instanceof Cluster ? subscriber.ssubscribe(channel) : subscriber.subscribe(channel),
    );
    if (hasBegun) this.listeners.call(channel);
  }

  private unsubscribe(subscriber: RedisConnection, channel: string): void {
    if (subscriber.status !== 'ready') return;
    void this.watched('subscribe', () =>
      subscriber instanceof Cluster ? subscriber.sunsubscribe(channel) : subscriber.unsubscribe(channel),
    );
  }

  /**
   * @param send may throw: a Cluster does so for a slot that no node has
   * @returns whether the command has succeeded
   */
  private async watched(command: Command, send: () => Promise<unknown>): Promise<boolean> {
    try {
      await send();
      if (this.refused.delete(command)) this.options.onAccepted?.(command);
      return true;
    } catch (error) {
      // A lost connection is reported by the connection itself.
      const isRefusal = error instanceof Error && error.name === 'ReplyError';
      if (isRefusal && !this.refused.has(command)) {
        this.refused.add(command);
        this.options.onRefused?.(command, error);
      }
      return false;
    }
  }
}
