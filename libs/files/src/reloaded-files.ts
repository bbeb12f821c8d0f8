import { statSync } from 'node:fs';

/** How often the files are checked for changes, in milliseconds. */
const RECHECK_MS = 1000;

export interface ReloadOptions<Value> {
  /** Makes the value of the files. Throws when they can not be used. */
  readonly read: (previous: Value) => Value;
  /** Called once for each state of the files that can not be used. Must not throw. */
  readonly onUnusable: (error: unknown) => void;
  /** A monotonic clock in milliseconds: `performance.now()` by default. */
  readonly elapsed?: () => number;
}

/**
 * A value that comes from files, and is made again when one of them changes. Files that can not be used leave the previous
 * value in use, and are tried again at each check: what is wrong may be outside of them, such as too many open files.
 */
export class ReloadedFiles<Value> {
  /** The state of the files that `value` is of; none before the first check, which misses no change since `value` was made. */
  private version: string | undefined;
  private unusableVersion: string | undefined;
  private checkedAt: number;
  private readonly elapsed: () => number;

  constructor(
    private readonly files: readonly string[],
    private value: Value,
    private readonly options: ReloadOptions<Value>,
  ) {
    this.elapsed = options.elapsed ?? (() => performance.now());
    this.checkedAt = this.elapsed();
  }

  /** The value of now: looks at the files at most once a second. Never throws. */
  current(): Value {
    const elapsed = this.elapsed();
    if (this.files.length > 0 && elapsed - this.checkedAt >= RECHECK_MS) {
      this.checkedAt = elapsed;
      this.check(this.files.map(versionOf).join(' '));
    }
    return this.value;
  }

  private check(version: string): void {
    try {
      if (version !== this.version) this.value = this.options.read(this.value);
      this.version = version;
      this.unusableVersion = undefined;
    } catch (error) {
      if (version !== this.unusableVersion) this.options.onUnusable(error);
      this.unusableVersion = version;
    }
  }
}

/** A string that changes when the file changes, also in who may read it, appears or disappears. */
function versionOf(file: string): string {
  try {
    const { ctimeMs, mtimeMs, ino, size } = statSync(file);
    return [ctimeMs, mtimeMs, ino, size].join();
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
