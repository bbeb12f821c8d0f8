/** What production runs, built once for the whole test run, by the first file that asks. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { buildFolder, buildService, mainOf } from '../chaos/built-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    buildFolder: string;
  }
}

export default function setup(project: TestProject): () => void {
  const folder = buildFolder();
  project.provide('buildFolder', folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** @returns the service's main.js */
export function builtOnce(): string {
  const folder = inject('buildFolder');
  if (!existsSync(mainOf(folder))) buildInto(folder);
  return mainOf(folder);
}

/** Two files may build at the same time: each does so on its own, and the first one to finish takes the place. */
function buildInto(folder: string): void {
  const own = buildFolder();
  const built = buildService(own);
  try {
    renameSync(own, folder);
  } catch (error) {
    built.remove();
    if (!existsSync(mainOf(folder))) throw error;
  }
}
