/** docs/asvs.md has every requirement once, counts them right, and names tests and lines that are there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

interface Numbers {
  readonly level1: readonly string[];
  readonly level2: readonly string[];
  readonly level3: readonly string[];
}
const { level1, level2, level3 } = JSON.parse(read('test/docs/asvs-5.0.0.json')) as Numbers;
const ALL = [...level1, ...level2, ...level3];
const STATUSES = ['met', "operator's responsibility", 'not applicable', 'not met'];

const page = read('docs/asvs.md');

/** A row is about a requirement, or about a section or a chapter. */
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| v5.0.0-'))
  .map((line) => {
    const [number = '', level = '', , status = '', shownBy = ''] = line.slice('| v5.0.0-'.length, -2).split(' | ');
    const requirements = ALL.filter((one) => one === number || one.startsWith(`${number}.`));
    return { number, level, status, shownBy, requirements };
  });

const statusOf = new Map(rows.flatMap(({ requirements, status }) => requirements.map((one) => [one, status])));

/** As a row of the page: how many have each status. */
function counted(requirements: readonly string[]): string {
  return STATUSES.map((status) => requirements.filter((one) => statusOf.get(one) === status).length).join(' | ');
}

describe('docs/asvs.md', () => {
  test('has every requirement once, or in one row of its section or chapter', () => {
    expect(rows.flatMap(({ requirements }) => requirements).toSorted()).toEqual(ALL.toSorted());
    expect(rows.filter(({ requirements }) => requirements.length === 0)).toEqual([]);
  });

  test.each(rows)('has a status of $number that its kind of row may have, and its levels', (row) => {
    const { number, level, status, requirements } = row;
    expect(STATUSES).toContain(status);
    if (!requirements.includes(number)) expect(status).toBe('not applicable');
    const levels = [level1, level2, level3].flatMap((of, at) =>
      requirements.some((one) => of.includes(one)) ? [at + 1] : [],
    );
    expect(level).toBe(levels.join(', '));
  });

  test('counts them right', () => {
    const chapters = Map.groupBy(ALL, (number) => number.split('.')[0] ?? '');
    for (const [chapter, requirements] of chapters) {
      expect(page).toMatch(
        new RegExp(String.raw`^\| \[V${chapter} .* \| ${inPattern(counted(requirements))} \|$`, 'm'),
      );
    }
    for (const [at, level] of [level1, level2, level3].entries()) {
      expect(page).toContain(`\n| level ${at + 1} | ${counted(level)} |\n`);
    }
    expect(page).toContain(`\n| all | ${counted(ALL)} |\n`);
    const [, notMet = ''] = /^Not met are (.*)\.$/m.exec(page) ?? [];
    const missing = rows.filter(({ status }) => status === 'not met').map(({ number }) => number);
    expect([...notMet.matchAll(/(?:^|; )(\d+\.\d+\.\d+) /g)].map(([, number]) => number)).toEqual(missing);
  });

  test.each(rows)('shows $number by what is there', ({ status, shownBy }) => {
    const links = [...shownBy.matchAll(/\[(.+?)\]\(([^)\s]+)\)/g)].map(([, text = '', target = '']) => ({
      text,
      target,
    }));
    expect(links.filter(({ text, target }) => !leadsSomewhere(text, target))).toEqual([]);
    if (status === "operator's responsibility" || status === 'not met') expect(shownBy).not.toBe('');
  });
});

/**
 * Whether a link does: to a test it bears words of that test, to code the file's name or words of it, to a page a heading if it
 * names one.
 */
function leadsSomewhere(text: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = join('docs', path);
  if (!existsSync(join(root, file))) return false;
  const words = text.replaceAll('`', '');
  const isNamed = words === basename(file);
  if (file.startsWith('test/') || text.startsWith('`')) return isNamed || read(file).includes(words);
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/** As GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function inPattern(text: string): string {
  return text.replaceAll('|', String.raw`\|`);
}

describe('the code of the service and of the client', () => {
  const sources = globSync('{apps/resend/src,libs/*/src}/**/*.ts', { cwd: root }).map(
    (file) => [file, read(file)] as const,
  );
  const filesWith = (pattern: RegExp) => sources.filter(([, code]) => pattern.test(code)).map(([file]) => file);

  test('the code starts no program, evaluates no text and writes no HTML', () => {
    expect(sources.length).toBeGreaterThan(200);
    expect(filesWith(/child_process|node:vm|\beval\(|new Function\(/)).toEqual([]);
    expect(filesWith(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML/)).toEqual([]);
  });

  test('no regular expression is built from input', () => {
    expect(filesWith(/RegExp\(/).toSorted()).toEqual([
      'libs/nestjs/src/public/session-source.ts', // a constant of ours
      'libs/redis/src/dangers.ts', // names of fields, written there
      'libs/settings/src/settings.ts', // prefixes of SIDs, written there
    ]);
  });
});

interface RecordedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Or the name of an equal one; without headers where the connection just ends. */
type Recorded = {
  readonly stages: Record<string, { readonly answers: Record<string, Record<string, object | string>> }>;
};

test('every recorded response has a type, and browsers may not cache, sniff or frame it', () => {
  const { stages } = JSON.parse(read('test/answers/recorded.json')) as Recorded;
  const answers = Object.values(stages)
    .flatMap((stage) => Object.values(stage.answers).flatMap((entries) => Object.values(entries)))
    .filter((answer): answer is RecordedAnswer => typeof answer === 'object' && 'headers' in answer);
  expect(answers.length).toBeGreaterThan(400);
  for (const { headers, body } of answers) {
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(headers['content-security-policy']).toContain("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");
    if (body !== undefined)
      expect(headers['content-type']).toMatch(/^(application\/(problem\+)?json|text\/plain;.* charset=utf-8)/);
  }
});
