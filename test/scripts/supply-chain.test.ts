/** What ships of npm's packages: that the bill of materials has all of it, and that a wrong licence is found. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { licenceObjections } from '../../scripts/supply/licences.js';
import { sbom } from '../../scripts/supply/sbom.js';
import { type Lockfile, readLockfile, shippedPackages } from '../../scripts/supply/shipped-packages.js';

interface Bill {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { component: { purl: string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { ref: string; dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: unknown;
  readonly hashes: unknown;
}

const lockfile = readLockfile();
const { dependencies, devDependencies } = manifest('package.json');
const bill = sbom(shippedPackages(lockfile)) as Bill;
const listed = new Set(bill.components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`)));

function manifest(path: string) {
  return JSON.parse(readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
}

describe('the bill of materials', () => {
  test('is CycloneDX 1.6, and has version, licence, hash and package URL of everything in it', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 });
    expect(bill.metadata.component.purl).toMatch(/^pkg:npm\/push-resend@\d/);
    for (const component of bill.components) {
      const { purl, version } = component;
      expect(component).toEqual({
        type: 'library',
        'bom-ref': purl,
        ...(component.group !== undefined && { group: expect.stringMatching(/^@[\w.-]+$/) }),
        name: expect.stringMatching(/^[\w.-]+$/),
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        purl: expect.stringMatching(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/),
        scope: 'required',
        licenses: [{ license: { id: expect.any(String) } }],
        hashes: [{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }],
      });
      expect(purl.endsWith(`${component.name}@${version}`), purl).toBe(true);
    }
  });

  test('has what the service depends on, and what that depends on, and nothing that only development needs', () => {
    expect(Object.keys(dependencies ?? {}).filter((name) => !listed.has(name))).toEqual([]);
    expect(listed).toContain('axios'); // of the SDK, and of tools for development, too
    const reached = new Set<string>();
    const follow = (ref: string): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      for (const next of bill.dependencies.find((one) => one.ref === ref)?.dependsOn ?? []) follow(next);
    };
    follow(bill.metadata.component.purl);
    expect(bill.components.filter(({ purl }) => !reached.has(purl))).toEqual([]);
    expect(Object.keys(devDependencies ?? {}).filter((name) => listed.has(name))).toEqual(['ajv']); // Fastify's, too
  });

  test('has what the published packages depend on', () => {
    const published = ['libs/nestjs', 'libs/client', 'apps/simulator'].flatMap((folder) =>
      Object.keys(manifest(`${folder}/package.json`).dependencies ?? {}),
    );
    expect(published).toContain('fastify');
    expect(published.filter((name) => !listed.has(name))).toEqual([]);
  });

  test('finds a package where Node finds it: nearest first', () => {
    const integrity = `sha512-${'A'.repeat(86)}==`;
    const locked = (version: string, more = {}) => ({ version, integrity, license: 'MIT', ...more });
    const small = sbom(
      shippedPackages({
        packages: {
          '': { name: 'mine', version: '1.0.0', dependencies: { '@a/b': '1', c: '1' } },
          'node_modules/@a/b': locked('1.0.0', { dependencies: { c: '2' }, peerDependencies: { absent: '*' } }),
          'node_modules/@a/b/node_modules/c': locked('2.0.0', {
            license: '(MIT OR ISC)',
            dependencies: { '@a/b': '1' },
          }),
          'node_modules/c': locked('1.0.0'),
          'node_modules/d': locked('1.0.0', { dev: true }),
          'node_modules/e': locked('1.0.0', { optional: true }),
          'node_modules/f': locked('1.0.0', { devOptional: true }),
        },
      }),
    ) as Bill;
    expect(small.components.map(({ purl }) => purl)).toEqual([
      'pkg:npm/%40a/b@1.0.0',
      'pkg:npm/c@2.0.0',
      'pkg:npm/c@1.0.0',
    ]);
    expect(small.components[1]?.licenses).toEqual([{ expression: '(MIT OR ISC)' }]);
    expect(small.dependencies).toEqual([
      { ref: 'pkg:npm/mine@1.0.0', dependsOn: ['pkg:npm/%40a/b@1.0.0', 'pkg:npm/c@1.0.0'] },
      { ref: 'pkg:npm/%40a/b@1.0.0', dependsOn: ['pkg:npm/c@2.0.0'] },
      { ref: 'pkg:npm/c@2.0.0', dependsOn: ['pkg:npm/%40a/b@1.0.0'] },
      { ref: 'pkg:npm/c@1.0.0', dependsOn: [] },
    ]);
  });

  test('is not made where a package has no hash', () => {
    const packages = { '': { name: 'mine', version: '1.0.0' }, 'node_modules/a': { version: '1.0.0', license: 'MIT' } };
    expect(() => sbom(shippedPackages({ packages }))).toThrow('node_modules/a has no integrity of SHA-512');
  });
});

test('nothing that ships has an install script, and npm would run none', () => {
  const shipped = shippedPackages(lockfile).map(({ path }) => lockfile.packages[path]);
  expect(shipped.filter((one) => one !== undefined && 'hasInstallScript' in one)).toEqual([]);
  expect(readFileSync(resolve(import.meta.dirname, '../../.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
});

describe('a licence', () => {
  const shipped = (license?: string): Lockfile => ({
    packages: { 'node_modules/a': { version: '1.0.0', ...(license !== undefined && { license }) } },
  });
  const objections = (license?: string, installed?: string) =>
    licenceObjections(shippedPackages(shipped(license)), () => installed);

  test.each([
    ['GPL-3.0-only', undefined, 'node_modules/a is GPL-3.0-only, which is not allowed: scripts/supply/licences.ts'],
    [
      'SEE LICENSE IN X',
      undefined,
      'node_modules/a is SEE LICENSE IN X, which is not allowed: scripts/supply/licences.ts',
    ],
    [undefined, 'MIT', 'node_modules/a names no licence'],
    ['MIT', 'SSPL-1.0', 'node_modules/a is SSPL-1.0, but package-lock.json says MIT'],
  ])('%s, where the package itself says %s, is refused', (license, installed, objection) => {
    expect(objections(license, installed)).toEqual([objection]);
  });

  test('that is allowed passes, whether the package is installed or not', () => {
    expect([...objections('MIT'), ...objections('Apache-2.0', 'Apache-2.0')]).toEqual([]);
  });

  test('of everything that ships is allowed', () => {
    expect(licenceObjections(shippedPackages(lockfile).slice(1), () => undefined)).toEqual([]);
  });
});
