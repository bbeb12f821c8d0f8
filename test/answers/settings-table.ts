import { readFileSync } from 'node:fs';

/** The tables of docs/settings.md, which are made of the settings: variable → `default · bounds`. What they mean is left out. */
export function settingsTable(): Record<string, string> {
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| (`[A-Z_]+`.*?) \| (.*?) \| (.*?) \| .* \|$/gm);
  return Object.fromEntries(
    [...rows].map(([, name = '', initial, bounds]) => [name.replaceAll('`', ''), `${initial} ${bounds}`.trim()]),
  );
}
