import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeAll, expect, test } from 'vitest';
import { currentDocument } from '../../apps/resend/openapi/current-document.js';
import { PROBLEMS } from '@nest/answers/problems.js';

interface Example {
  readonly where: string;
  readonly schema: object;
  readonly value: unknown;
}
interface MediaType {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

const root = new URL('../../', import.meta.url);
const file = fileURLToPath(new URL('docs/openapi.json', root));
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
let document: Awaited<ReturnType<typeof currentDocument>>;

beforeAll(async () => {
  document = await currentDocument(version);
});

test('docs/openapi.json says what the code says: else npm run docs', () => {
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
});

test('a public linter finds nothing to complain of', () => {
  const redocly = fileURLToPath(new URL('node_modules/.bin/redocly', root));
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const told = execFileSync(redocly, ['lint', '--format=json', file], { cwd: fileURLToPath(root), env, stdio: 'pipe' });
  expect(JSON.parse(String(told))).toMatchObject({ totals: { errors: 0, warnings: 0 } });
});

test('every operation has one tag, which the document declares', () => {
  const declared = document.tags?.map(({ name }) => [name]);
  for (const { where, tags } of operations()) expect(declared, where).toContainEqual(tags);
  expect(operations().length).toBeGreaterThan(12);
});

test('no token is called a JWT that may be an opaque one', () => {
  const { session, internal } = document.components?.securitySchemes ?? {};
  for (const scheme of [session, internal]) {
    expect(scheme).toMatchObject({ type: 'http', scheme: 'bearer' });
    expect(scheme).not.toHaveProperty('bearerFormat');
  }
});

test('every example is one of what its schema describes', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'api', components: document.components });
  const checks = new Map<string, ValidateFunction>();
  const checkOf = (schema: object) => {
    const text = JSON.stringify(schema).replaceAll('"#/', '"api#/');
    const check = checks.get(text) ?? ajv.compile(JSON.parse(text) as object);
    checks.set(text, check);
    return check;
  };
  const wrong = examples().flatMap(({ where, schema, value }) => {
    const check = checkOf(schema);
    return check(value) ? [] : [`${where}: ${ajv.errorsText(check.errors)}`];
  });
  expect(examples().length).toBeGreaterThan(100);
  expect(wrong).toEqual([]);
});

test('every error that a caller can meet has an example somewhere', () => {
  const shown = new Set(examples().map(({ value }) => (value as { code?: string }).code));
  const answeredAnywhere = new Set(['not-found', 'method-not-allowed']);
  const missing = Object.keys(PROBLEMS).filter((code) => !shown.has(code) && !answeredAnywhere.has(code));
  expect(missing).toEqual([]);
});

function operations() {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'put', 'post', 'delete'] as const).flatMap((method) => {
      const operation = item[method] as Operation | undefined;
      return operation ? [{ where: `${method} ${path}`, ...operation }] : [];
    }),
  );
}

function examples(): Example[] {
  const found: Example[] = [];
  for (const { where, responses } of operations()) {
    for (const [status, { content = {} }] of Object.entries(responses)) {
      for (const { schema, example, examples: named = {} } of Object.values(content)) {
        const values = Object.values(named).map(({ value }) => value);
        if (example !== undefined) values.push(example);
        for (const value of values) found.push({ where: `${where} ${status}`, schema, value });
      }
    }
  }
  return found;
}
