import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that is going to be listened on, and the variable that names it. */
export interface WantedPort {
  readonly variable: string;
  readonly port: string;
  readonly host: string;
}

/**
 * Listens on all of the ports for a moment.
 * @returns a sentence about each one that can not be used
 */
export async function unusablePorts(wanted: readonly WantedPort[]): Promise<string[]> {
  const complaints: string[] = [];
  const servers = [];
  for (const { variable, port, host } of wanted) {
    if (!/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65_535) {
      complaints.push(`${variable}=${port} is not a port: use 1 to 65535.`);
      continue;
    }
    const server = createServer();
    servers.push(server);
    try {
      await once(server.listen(Number(port), host), 'listening');
    } catch (error) {
      const why = codeOf(error) === 'EADDRINUSE' ? 'is taken' : `can not be used (${codeOf(error)})`;
      complaints.push(`Port ${port} of ${host} ${why}. Use another one: ${variable}=${Number(port) + 1000}`);
    }
  }
  for (const server of servers) server.close();
  return complaints;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
