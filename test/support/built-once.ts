/** What production runs, built once for the whole test run, by the first file that asks. */
import { existsSync, rmSync } from 'node:fs';
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

/** Only for files that run one at a time. @returns the service's main.js */
export function builtOnce(): string {
  const folder = inject('buildFolder');
  return existsSync(mainOf(folder)) ? mainOf(folder) : buildService(folder).main;
}
