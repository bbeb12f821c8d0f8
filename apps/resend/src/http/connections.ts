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

/** The share of the connections that may be silent: those of unknown clients without a complete request. */
const SILENT_PART = 0.1;
/** This many may be silent in any case, because many clients may connect at once. */
const SILENT_AT_LEAST = 100;

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
  /** One was closed because it was silent and its place was needed. */
  silent(): void;
}

/** The open connections of one server. Call `close` when it closes. */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private readonly ofAddress = new Map<string, number>();
  /** Connections whose clients were unknown at first, oldest first, each with what closes it. */
  private readonly strangers = new Map<Connection, () => void>();
  private willMakeRoom = false;
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
    const remove = () => {
      if (!this.open.delete(socket)) return;
      this.strangers.delete(connection);
      if (address !== undefined) this.leave(address);
      this.observer.changed(this.open.size);
    };
    socket.once('end', () => connection.hungUp());
    socket.once('close', remove);
    if (address !== undefined) {
      this.strangers.set(connection, () => {
        remove();
        socket.destroy();
      });
    }
    if (this.strangers.size > this.mostSilent || this.open.size > this.limits.most) this.makeRoomSoon();
  }

  /** @returns whether its request may be answered; for a surplus connection, only if a silent one can be closed for it */
  admits(connection: Connection): boolean {
    if (connection.isSurplus && this.open.size > this.limits.most) this.closeSilent(1, connection);
    if (this.open.size <= this.limits.most) connection.isSurplus = false;
    return !connection.isSurplus;
  }

  private get mostSilent(): number {
    return Math.max(SILENT_AT_LEAST, this.limits.most * SILENT_PART);
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

  /** Not before the first bytes of newcomers are read, which happens in the next turn of the event loop. */
  private makeRoomSoon(): void {
    if (this.willMakeRoom) return;
    this.willMakeRoom = true;
    setImmediate(() => setImmediate(() => this.makeRoom()));
  }

  private makeRoom(): void {
    this.willMakeRoom = false;
    let silent = 0;
    for (const connection of this.strangers.keys()) {
      if (connection.isKnown) this.strangers.delete(connection);
      else if (connection.isSilent) silent += 1;
    }
    this.closeSilent(Math.max(silent - this.mostSilent, this.open.size - this.limits.most));
  }

  /** Closes up to `count` silent connections, oldest first. */
  private closeSilent(count: number, but?: Connection): void {
    let left = count;
    for (const [connection, close] of this.strangers) {
      if (left <= 0) return;
      if (connection === but || !connection.isSilent) continue;
      left -= 1;
      close();
      this.observer.silent();
    }
  }

  private closeUnread(): void {
    const now = performance.now();
    const isCrowded = this.open.size > this.limits.most * CROWDED_PART;
    for (const [socket, connection] of this.open) {
      if (socket.readableEnded) connection.hungUp();
      if (connection.isIdleStranger(now) && isCrowded) connection.end();
      if (!connection.isUnread(now)) continue;
      socket.destroy();
      this.observer.unread();
    }
  }
}
