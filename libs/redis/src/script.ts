import { readFileSync } from 'node:fs';
import type { RedisConnection } from './connection.js';

type Values = readonly (string | number)[];

/** Runs a script on a connection. Pass its keys first, then its arguments; before them, if it varies, the number of keys. */
export type Script<Reply> = (redis: RedisConnection, ...keysAndArguments: Values) => Promise<Reply>;

/**
 * Makes a command from a `.lua` file, whose header is the contract. The command is defined once per connection; ioredis
 * sends its hash, and the text only to a server that does not have it yet. On a Cluster it runs on the node of its keys;
 * on a connection to a single node, on that node.
 *
 * @param name name of the command on the connection
 * @param numberOfKeys if it is the same in every call
 */
export function script<Reply>(name: string, file: URL, numberOfKeys?: number): Script<Reply> {
  const lua = readFileSync(file, 'utf8');
  return (redis, ...keysAndArguments) => {
    if (!(name in redis)) redis.defineCommand(name, { lua, ...(numberOfKeys !== undefined && { numberOfKeys }) });
    const command: (...values: Values) => Promise<Reply> = Reflect.get(redis, name);
    return command.apply(redis, keysAndArguments as (string | number)[]);
  };
}
