type Environment = Readonly<Record<string, string | undefined>>;

const AROUND = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu; // backtracks: over a variable of the environment only
const QUOTED = /^(["'])((?:(?!\1).)*)\1$/su;
const INSIDE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFFFD]/u;

/** Reads variables of an environment. */
export class Variables {
  constructor(private readonly environment: Environment) {}

  /**
   * The value of a variable, without blanks, line breaks, a byte order mark and quotes around it.
   * @returns undefined for one that is unset, or has nothing else
   * @throws Error with a sentence about a value of several lines
   */
  text(name: string): string | undefined {
    const whole = (this.environment[name] ?? '').replaceAll(AROUND, '');
    const text = (QUOTED.exec(whole)?.[2] ?? whole).replaceAll(AROUND, '');
    if (INSIDE.test(text)) throw new Error(`${name} must be one line without tabs or invisible characters.`);
    return text === '' ? undefined : text;
  }

  /** @throws Error with a sentence about a value that is no http(s) URL */
  url(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !/^https?:$/.test(URL.parse(text)?.protocol ?? '')) {
      throw new Error(`${name} must be an http or https URL, such as http://127.0.0.1:8080.`);
    }
    return text;
  }
}
