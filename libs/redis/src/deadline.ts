import type { Cluster, Command } from 'ioredis';

/**
 * Gives every command of a Cluster its deadline from when it is asked for. ioredis starts it when a node gets the command,
 * so one that waits for a Cluster that is gone would wait for ever.
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
