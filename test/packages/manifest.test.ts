/** A package's manifest is held to what its code imports. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { importedPackages } from '../../scripts/pack/imported-packages.js';
import { finishedManifest } from '../../scripts/pack/manifest.js';

const { version, dependencies } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'),
) as { version: string; dependencies: Record<string, string> };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'push-resend-manifest-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function finished(manifest: object, ...imported: string[]): object {
  const path = join(folder, 'package.json');
  writeFileSync(path, JSON.stringify(manifest));
  return finishedManifest(path, new Set(imported));
}

const undici = { undici: `^${dependencies['undici']}` };

test('what fits gets version, licence and engines', () => {
  const manifest = { name: 'x', dependencies: undici };
  expect(finished(manifest, 'undici')).toEqual({ ...manifest, version, license: 'MIT', engines: { node: '>=24' } });
});

test('an import that is not listed is named', () => {
  expect(() => finished({ dependencies: undici }, 'undici', 'jose')).toThrow(/jose is needed/);
});

test('a dependency that nothing imports is named', () => {
  expect(() => finished({ dependencies: undici })).toThrow(/undici is listed, but nothing imports it/);
});

test('a dependency of another version than the one tested here is named', () => {
  expect(() => finished({ dependencies: { undici: '^7.0.0' } }, 'undici')).toThrow(/undici is \^7\.0\.0/);
});

test('what a listed package expects its user to install has to be listed too', () => {
  const peerDependencies = { '@nestjs/common': '^12.0.0', 'reflect-metadata': '^0.2.0' };
  expect(() => finished({ peerDependencies }, '@nestjs/common')).toThrow(/rxjs is needed/);
  expect(finished({ peerDependencies: { ...peerDependencies, rxjs: '^7.8.0' } }, '@nestjs/common')).toBeTruthy();
});

test('imports are found in code and in declarations, and Node’s own modules and paths are none', () => {
  writeFileSync(
    join(folder, 'a.js'),
    `import { x } from 'one';\nimport 'two/sub';\nimport './near.js';\nimport fs from 'node:fs';\nawait import('three');`,
  );
  writeFileSync(join(folder, 'a.d.ts'), `export type Y = import("@scope/four/sub").Y;\nexport * from '../far.js';`);
  expect([...importedPackages(folder)].toSorted()).toEqual(['@scope/four', 'one', 'three', 'two']);
});
