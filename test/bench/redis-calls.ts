import { Redis } from 'ioredis';

/** What connections ask by themselves, every few seconds: whether the server is still the primary. */
const BACKGROUND = new Set(['info']);

/** What requests ask Redis over the wire while `work` is done; what scripts ask inside of it does not count. */
export async function redisCalls(url: string, work: () => Promise<void>): Promise<string[]> {
  const redis = new Redis(url);
  const monitor = await redis.monitor();
  const names: string[] = [];
  monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
    const asked = name.toLowerCase();
    if (source !== 'lua' && !BACKGROUND.has(asked)) names.push(asked);
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
