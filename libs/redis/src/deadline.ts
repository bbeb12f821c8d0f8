import type { Cluster, Command } from 'ioredis';

/**
 * Starts the deadline of every Cluster command when it is called. ioredis starts it when a node gets the command, so
 * one for an unreachable Cluster would wait forever.
 */
export function withDeadline(cluster: Cluster, milliseconds: number): Cluster {
  const send = cluster.sendCommand.bind(cluster);
  return Object.assign(cluster, {
    sendCommand: (command: Command, ...rest: unknown[]) => {
      command.setTimeout(milliseconds);
      return (send as (...args: unknown[]) => unknown)(command, ...rest);
    },
  });
}
