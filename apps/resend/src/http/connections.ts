import type { Socket } from 'node:net';
import { addressOf } from '@nest/throttling/client-address.js';
import { Connection } from './connection.js';

/** How often to check for clients that do not read, in milliseconds. */
const CHECK_EVERY_MS = 1000;

/**
 * Beyond this share of the connections, idle unknown clients are closed. Not before: a client relies on the time in
 * `Keep-Alive`.
 */
const CROWDED_PART = 0.5;

export interface ConnectionLimits {
  /** In all. */
  readonly most: number;
  /** Of one client address (IPv6: one /64 network) that is not a trusted proxy. */
  readonly mostOfAddress: number;
  readonly isTrustedProxy: (address: string) => boolean;
}

export interface ConnectionObserver {
  /** The number of open connections has changed. */
  changed(open: number): void;
  /** One was closed at once, because its address has too many. */
  refused(): void;
  /** One was closed because its client did not read. */
  unread(): void;
}

/** The open connections of one server. Call `close` when it closes. */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private readonly ofAddress = new Map<string, number>();
  private readonly checking = setInterval(() => this.closeUnread(), CHECK_EVERY_MS).unref();

  constructor(
    private readonly limits: ConnectionLimits,
    private readonly observer: ConnectionObserver,
  ) {}

  get most(): number {
    return this.limits.most;
  }

  /** Counts a new connection, or closes it. */
  add(socket: Socket): void {
    const address = this.countedAddress(socket);
    const ofAddress = this.ofAddress.get(address ?? '') ?? 0;
    if (ofAddress >= this.limits.mostOfAddress) {
      socket.destroy();
      return this.observer.refused();
    }
    if (address !== undefined) this.ofAddress.set(address, ofAddress + 1);
    const connection = new Connection(socket, address === undefined, this.open.size >= this.limits.most);
    this.open.set(socket, connection);
    this.observer.changed(this.open.size);
    socket.once('end', () => connection.hungUp());
    socket.once('close', () => {
      this.open.delete(socket);
      if (address !== undefined) this.leave(address);
      this.observer.changed(this.open.size);
    });
  }

  /** @returns undefined for one that was closed at once */
  of(socket: Socket): Connection | undefined {
    return this.open.get(socket);
  }

  close(): void {
    clearInterval(this.checking);
  }

  /** @returns undefined for a trusted proxy, which connects for many clients */
  private countedAddress({ remoteAddress: ip = '' }: Socket): string | undefined {
    return this.limits.isTrustedProxy(ip) ? undefined : addressOf({ ip });
  }

  private leave(address: string): void {
    const open = this.ofAddress.get(address) ?? 0;
    if (open > 1) this.ofAddress.set(address, open - 1);
    else this.ofAddress.delete(address);
  }

  private closeUnread(): void {
    const now = performance.now();
    const isCrowded = this.open.size > this.limits.most * CROWDED_PART;
    for (const [socket, connection] of this.open) {
      if (socket.readableEnded) connection.hungUp();
      if (connection.isRefusedAndIdle(now) && isCrowded) connection.end();
      if (!connection.isUnread(now)) continue;
      socket.destroy();
      this.observer.unread();
    }
  }
}
