import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

/** What Redis is asked over the wire while `work` is done; what scripts ask inside of it does not count. */
export async function redisCalls(url: string, work: () => Promise<void>): Promise<string[]> {
  const redis = new Redis(url);
  const monitor = await redis.monitor();
  const names: string[] = [];
  monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
    if (source !== 'lua') names.push(name.toLowerCase());
  });
  await work();
  await sleep(200); // what is written after the answer, too
  monitor.disconnect();
  redis.disconnect();
  return names;
}

/** `evalsha ×4, get` */
export function summed(names: readonly string[]): string {
  const counts = Map.groupBy(names, (name) => name);
  return [...counts].map(([name, { length }]) => (length === 1 ? name : `${name} ×${length}`)).join(', ');
}
