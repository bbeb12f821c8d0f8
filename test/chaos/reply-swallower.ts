import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between the service and Redis. While it swallows, commands arrive and their replies are lost, and then the
 * connections: what a cable that is pulled at the wrong moment does.
 */
export class ReplySwallower {
  private readonly pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  private readonly server: Server;
  private isSwallowing = false;
  /** How much later than Redis sends it a reply arrives, in milliseconds. */
  delayMs = 0;

  /** @param target the port of Redis at this moment: it may start again elsewhere */
  constructor(target: () => number) {
    this.server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port: target(), host: '127.0.0.1', noDelay: true });
      const pair = { near, far };
      this.pairs.add(pair);
      const end = () => {
        this.pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
      near.pipe(far);
      const waiting: Buffer[] = [];
      far.on('data', (reply) => {
        if (this.isSwallowing) return;
        if (this.delayMs === 0 && waiting.length === 0) return void near.write(reply);
        waiting.push(reply);
        setTimeout(() => near.write(waiting.shift() ?? ''), this.delayMs); // the oldest: none overtakes another
      });
    });
  }

  /** @returns the port it listens on */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  swallow(): void {
    this.isSwallowing = true;
  }

  /** Ends every connection, so that no reply is ever taken for another command's. */
  heal(): void {
    for (const { near, far } of this.pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
    this.isSwallowing = false;
  }

  async close(): Promise<void> {
    this.heal();
    this.server.close();
    await once(this.server, 'close');
  }
}
