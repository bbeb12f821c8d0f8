/** Loaded into every contender by `--import`: tells over IPC what its process has used so far. */
export interface Usage {
  /** User and system time, microseconds. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

process.on('message', (question) => {
  if (question !== 'usage') return;
  const { user, system } = process.cpuUsage();
  const usage: Usage = { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() };
  process.send?.(usage);
});
