import { table } from '../bench/tables.js';
import { MEMORY_LIMIT_BYTES } from './manifest.js';
import { coursesOf, type Measure, type Measurement, notReturned } from './measures.js';
import type { Soaked } from './soak.js';

/** @returns everything that makes a run fail: what grows, what did not return, and what broke */
export function faultsOf({ measures, before, lulls, after, peaks, broken }: Soaked): string[] {
  const grown = coursesOf(lulls, measures).flatMap(({ name, isFlat, rise, allowed }) =>
    isFlat ? [] : [`${name} grows: ${rise} in a third of the run, ${allowed} allowed`],
  );
  const { livez, rssBytes } = peaks;
  return [
    ...grown,
    ...notReturned(before, after, measures),
    ...(rssBytes < MEMORY_LIMIT_BYTES ? [] : [`an instance had ${rssBytes} bytes, more than its memory limit`]),
    ...(livez.failed === 0 ? [] : [`/livez did not answer ${livez.failed} times of ${livez.asked}`]),
    ...broken,
  ];
}

/** One line. */
export function shortly(lull: Measurement, measures: ReadonlyMap<string, Measure>): string {
  return [...measures].map(([name, measure]) => `${name} ${shown(lull[name], measure)}`).join('; ');
}

/** The figures of a run as one table, with what happened in it below. */
export function report(soaked: Soaked, errors: Readonly<Record<string, number>>): string {
  const { measures, before, lulls, after, peaks, totals } = soaked;
  const rows = coursesOf(lulls, measures).map(({ name, measure, second, last, rise, allowed, highest, isFlat }) => {
    const figures = [before[name], second, last, rise, allowed, highest, after[name]];
    return [name].concat(
      figures.map((value) => shown(value, measure)),
      isFlat ? 'flat' : 'GROWS',
    );
  });
  const head = ['', 'before', 'second third', 'last third', 'rise', 'allowed', 'highest', 'after', ''];
  const { livez, rssBytes, descriptors, sockets, redisKeys, redisBytes } = peaks;
  return [
    table(head, rows),
    '',
    `under load at most: ${mebibytes(rssBytes)} MiB resident, ${descriptors} descriptors, sockets ${list(sockets)};`,
    `  Redis before a day passed ${redisKeys} keys, ${mebibytes(redisBytes)} MiB`,
    `/livez: ${livez.asked} asked, ${livez.failed} failed, the slowest took ${Math.round(livez.slowestMs)} ms`,
    `error lines: ${list(errors) || 'none'}`,
    `happened: ${list(totals)}`,
  ].join('\n');
}

function shown(value = Number.NaN, { unit }: Measure): string {
  if (value === Infinity) return '';
  return unit === 'MiB' ? mebibytes(value) : `${Math.round(value * 10) / 10}${unit && ` ${unit}`}`;
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
