import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { ReloadedFiles } from '@files/reloaded-files.js';
import { textOfFile } from '@files/text-file.js';

const directory = mkdtempSync(join(tmpdir(), 'push-resend-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, 'file');

let elapsed = 0;
let reads = 0;
/** Errors that the next reads meet. */
let troubles: Error[] = [];
let complaints: unknown[] = [];
let file: ReloadedFiles<string>;
const read = () => {
  reads += 1;
  const trouble = troubles.shift();
  if (trouble) throw trouble;
  return textOfFile(path);
};
const aSecondLater = () => {
  elapsed += 1000;
  return file.current();
};

beforeEach(() => {
  writeFileSync(path, 'first');
  file = new ReloadedFiles([path], 'first', {
    read,
    onUnusable: (error) => complaints.push(error),
    elapsed: () => elapsed,
  });
  aSecondLater();
  reads = 0;
  troubles = [];
  complaints = [];
});

test('a change is seen a second later, and an unchanged file is not read again', () => {
  writeFileSync(path, 'second');
  expect(file.current()).toBe('first');
  expect(aSecondLater()).toBe('second');
  expect(aSecondLater()).toBe('second');
  expect(reads).toBe(1);
});

test('a failed read is tried again although the file does not change, and is complained about once', () => {
  troubles = [new Error('EMFILE'), new Error('EMFILE')];
  writeFileSync(path, 'second');
  expect([aSecondLater(), aSecondLater(), aSecondLater()]).toEqual(['first', 'first', 'second']);
  expect(complaints).toEqual([new Error('EMFILE')]);
});

test('each state of a file that can not be used is complained about, also one that comes back', () => {
  const [gone, other] = [new Error('gone'), new Error('other')];
  troubles = [gone, gone, other, other];
  rmSync(path);
  aSecondLater();
  aSecondLater();
  writeFileSync(path, 'other');
  aSecondLater();
  aSecondLater();
  expect(complaints).toEqual([gone, other]);
  expect(aSecondLater()).toBe('other');
  troubles = [other];
  writeFileSync(path, 'other again');
  aSecondLater();
  expect(complaints).toEqual([gone, other, other]);
});

test('a file that is written with the same length and the same time of change is read again', async () => {
  const { atime, mtime, ctimeMs } = statSync(path);
  // The kernel's clock for files goes in steps of some milliseconds.
  await expect
    .poll(() => {
      writeFileSync(path, 'other');
      utimesSync(path, atime, mtime);
      return statSync(path).ctimeMs;
    })
    .toBeGreaterThan(ctimeMs);
  expect(aSecondLater()).toBe('other');
});
