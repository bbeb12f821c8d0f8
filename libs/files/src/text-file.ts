import { closeSync, constants, openSync, readSync, statSync } from 'node:fs';

/** The longest file that is read: a bundle of all public certificate authorities has a quarter of it. */
const MAX_BYTES = 1 << 20;

/** A file that can not be used. The message ends a sentence about it, and quotes neither its name nor its content. */
export class UnusableFile extends Error {
  override readonly name = 'UnusableFile';
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its symbolic links lead nowhere',
};

/**
 * The text of a file in UTF-8, without a byte order mark. Returns soon, whatever the path names: only regular files are
 * opened, and no more than 1 MiB of them is read. A pipe is none, since files are read again when they change.
 * @throws UnusableFile
 */
export function textOfFile(file: string): string {
  const text = decoded(orUnusable(() => bytesOf(file)));
  // UTF-16 without a byte order mark is valid UTF-8, with a NUL beside each letter.
  if (text === undefined || text.includes('\0')) throw new UnusableFile('must be text in UTF-8, not in UTF-16');
  return text;
}

function bytesOf(file: string): Buffer {
  if (!statSync(file).isFile()) throw new UnusableFile('must be a regular file, not a directory, a device or a pipe');
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    let more: number;
    do {
      more = readSync(descriptor, bytes, length, bytes.length - length, null);
      length += more;
    } while (more > 0);
    if (length > MAX_BYTES) throw new UnusableFile('must have 1 MiB at most');
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Node's own messages quote the path. */
function orUnusable<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnusableFile) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UnusableFile(`can not be read: ${WHY[code] ?? code}`);
  }
}

function decoded(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
