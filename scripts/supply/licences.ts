import type { ShippedPackage } from './shipped-packages.ts';

/** Those that ask for no more than their notice, by their SPDX identifiers. A package under any other is not shipped. */
export const ALLOWED: readonly string[] = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

type Licensed = Pick<ShippedPackage, 'path' | 'name' | 'license'>;

/**
 * What is wrong with the licences, one sentence for each package.
 *
 * @param installed what the package itself says, where it is installed; undefined elsewhere
 */
export function licenceObjections(
  packages: readonly Licensed[],
  installed: (path: string) => string | undefined,
): string[] {
  return packages.flatMap(({ path, license }) => {
    const own = installed(path);
    if (license === undefined) return `${path} names no licence`;
    if (own !== undefined && own !== license) return `${path} is ${own}, but package-lock.json says ${license}`;
    return ALLOWED.includes(license) ? [] : `${path} is ${license}, which is not allowed: scripts/supply/licences.ts`;
  });
}

const INTRO = `# Licences

<!-- Made by \`npm run licences\` from package-lock.json. -->

The npm packages that ship, by licence: those of the image, whose folders in \`/app/node_modules\` have the texts that their
authors give. The published packages contain no code of others. A licence that is not on the list in
[\`licences.ts\`](../scripts/supply/licences.ts) fails \`npm run check\`. With versions and hashes: \`npm run sbom\`.
`;

/** The text of docs/licences.md. */
export function licencesPage(packages: readonly Licensed[]): string {
  const byLicence = Map.groupBy(packages, ({ license }) => license ?? 'none');
  const rows = [...byLicence]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, all]) => {
      const names = [...new Set(all.map(({ name }) => name))].toSorted();
      return `| ${licence} | ${names.length} | ${names.map((name) => `\`${name}\``).join(', ')} |`;
    });
  return `${INTRO}\n| licence | packages | |\n|---|---|---|\n${rows.join('\n')}\n`;
}
