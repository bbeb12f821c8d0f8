import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  at,
  documentsIn,
  listOf,
  type Manifest,
  manifestsIn,
  textOf,
  type Tree,
  treeOf,
  type Value,
} from './manifest.js';

/** Objects that live in no namespace. */
const CLUSTER_WIDE = new Set(['Namespace']);

type Step = (manifests: readonly Manifest[], value: Value, directory: string) => readonly Manifest[];

/** What of kustomize our directories use, in the order in which it is done. */
const STEPS: Readonly<Record<string, Step>> = {
  resources: (manifests, paths, directory) => [
    ...manifests,
    ...listOf(paths).flatMap((path) => resource(join(directory, textOf(path)))),
  ],
  components: (manifests, paths, directory) =>
    listOf(paths).reduce<readonly Manifest[]>((done, path) => render(join(directory, textOf(path)), done), manifests),
  configMapGenerator: (manifests, maps, directory) =>
    listOf(maps).reduce<readonly Manifest[]>((done, map) => withConfigMap(done, treeOf(map), directory), manifests),
  secretGenerator: (manifests, secrets, directory) => [
    ...manifests,
    ...listOf(secrets).map((secret) => secretOf(treeOf(secret), directory)),
  ],
  patches: (manifests, patches, directory) =>
    listOf(patches).reduce<readonly Manifest[]>((done, patch) => patched(done, treeOf(patch), directory), manifests),
  namespace: (manifests, namespace) =>
    manifests.map((one) => (CLUSTER_WIDE.has(one.kind) ? one : { ...one, metadata: { ...one.metadata, namespace } })),
  images: (manifests, images) => manifests.map((one) => withImages(one, listOf(images)) as Manifest),
  replacements: (manifests, replacements) => listOf(replacements).map(treeOf).reduce(replaced, manifests),
};

/**
 * `kubectl kustomize`, as far as ops/kubernetes needs it, for machines without kubectl; the tests hold the two together
 * where there is one. Generated names have no hash at their end. What it does not know of, it refuses.
 */
export function render(directory: string, given: readonly Manifest[] = []): readonly Manifest[] {
  const [kustomization] = documentsIn(readFileSync(join(directory, 'kustomization.yaml'), 'utf8')).map(treeOf);
  const { apiVersion: _, kind: __, ...fields } = kustomization ?? {};
  for (const field of Object.keys(fields)) {
    if (!(field in STEPS)) throw new Error(`${directory}: nothing is known of the field ${field}`);
  }
  return Object.entries(STEPS).reduce((manifests, [field, step]) => {
    const value = fields[field];
    return value === undefined ? manifests : step(manifests, value, directory);
  }, given);
}

function resource(path: string): readonly Manifest[] {
  return statSync(path).isDirectory() ? render(path) : manifestsIn(readFileSync(path, 'utf8'));
}

function withConfigMap(manifests: readonly Manifest[], map: Tree, directory: string): readonly Manifest[] {
  const { name, envs, behavior, ...more } = map;
  mustBeEmpty(more);
  const lines = listOf(envs).flatMap((file) => readFileSync(join(directory, textOf(file)), 'utf8').split('\n'));
  const data = Object.fromEntries(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const fresh = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: textOf(name) }, data };
  if (behavior !== 'merge') return [...manifests, fresh];
  return manifests.map((one) =>
    one.kind === 'ConfigMap' && one.metadata.name === name
      ? { ...one, data: { ...treeOf(one['data']), ...data } }
      : one,
  );
}

function secretOf({ name, files, options, ...more }: Tree, directory: string): Manifest {
  const { disableNameSuffixHash: _, ...otherOptions } = treeOf(options);
  mustBeEmpty({ ...more, ...otherOptions });
  const data = listOf(files).map((file) => {
    const content = readFileSync(join(directory, textOf(file)));
    return [basename(textOf(file)), content.toString('base64')] as const;
  });
  const metadata = { name: textOf(name) };
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data: Object.fromEntries(data) };
}

/** A JSON patch (RFC 6902): `replace`, `remove`, and `add` at the end of a list. */
function patched(manifests: readonly Manifest[], patch: Tree, directory: string): readonly Manifest[] {
  const { path, target, ...more } = patch;
  mustBeEmpty(more);
  const { kind, name, ...others } = treeOf(target);
  mustBeEmpty(others);
  const [operations] = documentsIn(readFileSync(join(directory, textOf(path)), 'utf8'));
  const isTarget = (one: Manifest) => one.kind === kind && one.metadata.name === name;
  if (!manifests.some(isTarget)) throw new Error(`${textOf(path)}: there is no ${textOf(kind)} ${textOf(name)}`);
  return manifests.map((one) => (isTarget(one) ? (listOf(operations).reduce(operated, one) as Manifest) : one));
}

function operated(document: Value, operation: Value): Value {
  const { op, path, value } = treeOf(operation);
  const changed = (here: Value, [step = '', ...rest]: readonly string[]): Value => {
    if (op === 'add' && step === '-' && value !== undefined) return [...listOf(here), value];
    const before = Array.isArray(here) ? at(here, Number(step)) : at(here, step);
    if (before === undefined || !/^(add|replace|remove)$/.test(textOf(op))) {
      throw new Error(`nothing is known of ${textOf(op)} at ${textOf(path)}`);
    }
    const after = rest.length > 0 ? changed(before, rest) : op === 'remove' ? undefined : value;
    if (Array.isArray(here)) return here.flatMap((item, index) => (index === Number(step) ? (after ?? []) : item));
    const { [step]: _, ...others } = treeOf(here);
    return after === undefined ? others : { ...others, [step]: after };
  };
  return changed(document, textOf(path).slice(1).split('/'));
}

/** Copies a scalar from one object to places of another, which keep their type. */
function replaced(manifests: readonly Manifest[], { source, targets, ...more }: Tree): readonly Manifest[] {
  mustBeEmpty(more);
  const { kind, name, fieldPath } = treeOf(source);
  const from = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  const value = textOf(at(from, ...textOf(fieldPath).split('.')));
  return listOf(targets)
    .map(treeOf)
    .reduce((all, { select, fieldPaths, ...others }) => {
      mustBeEmpty(others);
      const wanted = treeOf(select);
      const isTarget = (one: Manifest) => one.kind === wanted['kind'] && one.metadata.name === wanted['name'];
      const changed = (one: Manifest) =>
        listOf(fieldPaths).reduce((document, path) => {
          const steps = textOf(path).split('.');
          const before = at(document, ...steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step)));
          const operation = { op: 'replace', path: `/${steps.join('/')}` };
          return operated(document, { ...operation, value: typeof before === 'number' ? Number(value) : value });
        }, one as Value) as Manifest;
      return all.map((one) => (isTarget(one) ? changed(one) : one));
    }, manifests);
}

function withImages(value: Value, images: readonly Value[]): Value {
  if (Array.isArray(value)) return value.map((item) => withImages(item, images));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([field, inner]) => {
    if (field !== 'image') return [field, withImages(inner, images)] as const;
    const image = images.map(treeOf).find(({ name }) => textOf(inner).split(':')[0] === name);
    return [field, image ? `${textOf(image['newName'])}:${textOf(image['newTag'])}` : inner] as const;
  });
  return Object.fromEntries(entries);
}

function mustBeEmpty(fields: Tree): void {
  const [field] = Object.keys(fields);
  if (field !== undefined) throw new Error(`nothing is known of the field ${field}`);
}
