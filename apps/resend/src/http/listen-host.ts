import { createServer } from 'node:net';

/** Every address of this machine, of both families. */
const EVERY_ADDRESS = '::';

/**
 * The address to listen on. On a machine without IPv6, as many containers are, every address is every IPv4 address.
 *
 * @param canListen whether a server can listen there
 */
export async function listenHost(host: string, canListen = canListenOn): Promise<string> {
  return host !== EVERY_ADDRESS || (await canListen(host)) ? host : '0.0.0.0';
}

function canListenOn(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(0, host, () => server.close(() => resolve(true)));
  });
}
