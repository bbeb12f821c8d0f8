/** Writes docs/openapi.json, after a build: `npm run docs`. */
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { currentDocument } from './current-document.js';

const root = new URL('../../../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const document = await currentDocument(version);
writeFileSync(new URL('docs/openapi.json', root), `${JSON.stringify(document, null, 2)}\n`);
