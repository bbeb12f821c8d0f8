import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ResendService } from '@resend/resend.service.js';
import type { LedgerClass } from '../simulation/store.js';

/** A defect: a text that stands exactly once in a source file, and the text in its place. */
export interface Edit {
  readonly file: keyof typeof COPIED;
  readonly text: string;
  readonly instead: string;
}

/** What a defect can be planted in. Everything else is imported from where it is. */
const COPIED = {
  'rules.ts': 'libs/ledger/src/',
  'in-process-ledger.ts': 'libs/ledger/src/',
  'resend.service.ts': 'libs/resend/src/',
  'ttl.ts': 'libs/resend/src/',
  'idempotency.ts': 'libs/resend/src/',
} as const;

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface BrokenCopy extends Disposable {
  readonly Service: typeof ResendService;
  readonly Ledger: LedgerClass;
}

/** The service and the ledger, from a copy of their source with these defects. */
export async function brokenCopy(edits: readonly Edit[]): Promise<BrokenCopy> {
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-mutant-'));
  mkdirSync(directory, { recursive: true });
  for (const [file, from] of Object.entries(COPIED)) {
    let source = readFileSync(join(ROOT, from, file), 'utf8').replace('@Injectable()', '');
    for (const edit of edits) if (edit.file === file) source = planted(source, edit);
    writeFileSync(join(directory, file), withAbsoluteImports(source, from));
  }
  const load = (file: string) => import(/* @vite-ignore */ join(directory, file));
  const [{ ResendService: Service }, { InProcessLedger: Ledger }] = [
    (await load('resend.service.ts')) as { ResendService: typeof ResendService },
    (await load('in-process-ledger.ts')) as { InProcessLedger: LedgerClass },
  ];
  return { Service, Ledger, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) };
}

export function planted(source: string, { file, text, instead }: Edit): string {
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`${file} has this ${parts.length - 1} times, not once: ${text}`);
  return parts.join(instead);
}

function withAbsoluteImports(source: string, from: string): string {
  const at = (folder: string, file: string) => {
    const name = basename(file).replace(/\.js$/, '.ts');
    return name in COPIED ? `./${name}` : join(ROOT, folder, name);
  };
  return source
    .replaceAll(/from '\.\/([\w.-]+)'/g, (_, file: string) => `from '${at(from, file)}'`)
    .replaceAll(/from '@(resend|ledger)\/([\w.-]+)'/g, (_, lib: string, file: string) => {
      return `from '${at(`libs/${lib}/src/`, file)}'`;
    })
    .replaceAll("import { Injectable } from '@nestjs/common';", '');
}
