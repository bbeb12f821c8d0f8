import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes webhooks as a load balancer does, and hands each to the next instance. */
export class WebhookEntrance {
  /** The public URLs of the instances. */
  targets: readonly string[] = [];
  private turn = 0;

  private readonly server = createServer((incoming, answer) => {
    const target = this.targets[this.turn++ % this.targets.length];
    const { method, headers } = incoming;
    const passed = request(`${target}${incoming.url}`, { method, headers, agent: false }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502);
      reply.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });

  /** @returns the public URL */
  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
