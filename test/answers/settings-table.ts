import { readFileSync } from 'node:fs';

/** The README's table, which is made of the settings: variable → `default · bounds`. What they mean is left out. */
export function settingsTable(): Record<string, string> {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const table = readme.split('<!-- settings')[1]?.split('<!-- /settings')[0] ?? '';
  const rows = table.matchAll(/^\| (`[A-Z_]+`.*?) \| (.*?) \| (.*?) \| .* \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, name = '', initial, bounds]) => [name.replaceAll('`', ''), `${initial} ${bounds}`.trim()]),
  );
}
