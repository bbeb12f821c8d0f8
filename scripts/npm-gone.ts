/**
 * Calls back when npm has ended under a script of package.json. A SIGTERM to npm ends npm and its shell, and does not reach
 * the script, whose parent is another process from then on.
 */
export function onNpmGone(ended: () => void): void {
  const { ppid } = process;
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const watch = setInterval(() => {
    if (process.ppid === ppid) return;
    clearInterval(watch);
    ended();
  }, 500).unref();
}
