import { createServer } from 'node:net';

/** Below the ports that systems lend to outgoing connections: one of those could take a port before its server does. */
const LOWEST = 15_000;
const HIGHEST = 32_000;

const given = new Set<number>();

/** A loopback port that nobody listens on, and that was not given to anybody else here. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`of 100 ports from ${LOWEST} to ${HIGHEST} none is free`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
