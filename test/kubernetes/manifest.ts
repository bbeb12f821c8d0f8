import { parseAllDocuments } from 'yaml';

/** Part of a manifest: what YAML can say. */
export type Value = string | number | boolean | null | readonly Value[] | Tree;
export interface Tree {
  [field: string]: Value;
}

/** One Kubernetes object. */
export interface Manifest extends Tree {
  apiVersion: string;
  kind: string;
  metadata: Tree & { name: string };
}

/** Reads YAML as kubectl does: by version 1.1, where `0440` is octal and a key that stands there twice is an error. */
export function documentsIn(text: string): Value[] {
  return parseAllDocuments(text, { version: '1.1', uniqueKeys: true }).map((document) => {
    const [error] = [...document.errors, ...document.warnings];
    if (error) throw error;
    return document.toJS() as Value;
  });
}

export function manifestsIn(text: string): Manifest[] {
  return documentsIn(text).map((document) => {
    if (!isManifest(document)) throw new Error(`not a Kubernetes object: ${JSON.stringify(document)}`);
    return document;
  });
}

function isManifest(value: Value): value is Manifest {
  const { apiVersion, kind, metadata } = treeOf(value);
  return typeof apiVersion === 'string' && typeof kind === 'string' && typeof treeOf(metadata)['name'] === 'string';
}

/** @returns an empty one for what is none */
export function treeOf(value: Value | undefined): Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

/** @returns an empty one for what is none */
export function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? value : [];
}

/** @returns an empty one for what is none */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** What is there: `at(deployment, 'spec', 'template', 'spec', 'containers', 0)`. */
export function at(value: Value | undefined, ...path: readonly (string | number)[]): Value | undefined {
  let found = value;
  for (const step of path) found = typeof step === 'number' ? listOf(found)[step] : treeOf(found)[step];
  return found;
}

/** The only object of a kind, or the one of that name. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((one) => one.kind === kind && (name === undefined || one.metadata.name === name));
  const [manifest] = found;
  if (!manifest || found.length > 1) throw new Error(`${found.length} of ${kind} ${name ?? ''}, not one`);
  return manifest;
}
