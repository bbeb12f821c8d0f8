/** Of Node itself: what there is depends on the Node that runs. */
const OF_NODE = /^(process|nodejs)_/;

/**
 * `# TYPE` lines and series of a page of Prometheus, sorted, without values; those of Node itself are left out. The
 * buckets of a histogram are one line, with all their bounds.
 */
export function seriesOf(page: string): string[] {
  const series = new Set<string>();
  const bounds = new Map<string, string[]>();
  for (const line of page.split('\n')) {
    const name = /^# TYPE (.*)$/.exec(line)?.[1] ?? /^([^#\s].*) \S+$/.exec(line)?.[1];
    if (name === undefined || OF_NODE.test(name)) continue;
    const [, before, bound, after] = /^(.*)le="([^"]*)",?(.*)$/.exec(name) ?? [];
    if (bound === undefined) series.add(name.replaceAll(/(version|node)="[^"]*"/g, '$1="…"'));
    else bounds.set(`${before}${after}`, [...(bounds.get(`${before}${after}`) ?? []), bound]);
  }
  return [...series, ...[...bounds].map(([name, of]) => `${name} ${of.join(' ')}`)].toSorted();
}

/** What was counted, as far as it is not 0, with its value: every counter, and the requests by their route. Sorted. */
export function countersOf(page: string): string[] {
  const lines = page.split('\n').filter((line) => /^[a-z_]+_total[{ ]|^push_resend_http_\w+_count\{/.test(line));
  return lines.filter((line) => !line.endsWith(' 0') && !OF_NODE.test(line)).toSorted();
}
