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
  monitor.disconnect();
  redis.disconnect();
  return names;
}

/** `evalsha ×4, get`: how often each command is sent in one of `requests`. */
export function summed(names: readonly string[], requests = 1): string {
  const counts = Map.groupBy(names, (name) => name);
  const times = (count: number) => (count === requests ? '' : ` ×${Number((count / requests).toFixed(1))}`);
  return [...counts].map(([name, { length }]) => name + times(length)).join(', ') || 'none';
}
