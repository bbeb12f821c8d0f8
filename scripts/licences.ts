/** Fails on a licence that is not allowed; writes docs/licences.md with `--write`, otherwise checks that it is up to date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { licenceObjections, licencesPage } from './supply/licences.ts';
import { readLockfile, shippedPackages } from './supply/shipped-packages.ts';

const root = resolve(import.meta.dirname, '..');
const page = resolve(root, 'docs/licences.md');
const [, ...packages] = shippedPackages(readLockfile());

const objections = licenceObjections(packages, installed);
if (process.argv.includes('--write')) writeFileSync(page, licencesPage(packages));
else if (licencesPage(packages) !== readFileSync(page, 'utf8')) {
  objections.push('docs/licences.md is out of date: run npm run licences');
}
for (const objection of objections) {
  console.error(objection);
  process.exitCode = 1;
}

/** The licence in the package's own manifest. */
function installed(path: string): string | undefined {
  const manifest = resolve(root, path, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const { license } = JSON.parse(readFileSync(manifest, 'utf8')) as { license?: string };
  return license;
}
