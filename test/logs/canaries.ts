/** Every secret starts with this where the test may choose it, so that a piece of one is recognised as well. */
export const CANARY = 'canary';

/** Shorter than this, a piece of a secret in base64 says nothing. */
const TELLING = 8;

/** What must appear nowhere, in no spelling. */
export class Canaries {
  private readonly spellings = new Map<string, string>();

  constructor() {
    this.add('a piece of a canary', CANARY);
  }

  add(what: string, secret: string): string {
    for (const spelling of spellingsOf(secret)) this.spellings.set(spelling, what);
    return secret;
  }

  /** @param output everything that somebody can read */
  mustNotSing(output: string, where: string): void {
    for (const [spelling, what] of this.spellings) {
      const at = output.indexOf(spelling);
      if (at < 0) continue;
      throw new Error(`${what} in ${where}, as ${spelling}: …${output.slice(Math.max(0, at - 300), at + 300)}…`);
    }
  }
}

function spellingsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString('hex');
  const spellings = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams({ '': secret }).toString().slice(1),
    hex,
    hex.toUpperCase(),
    ...(['base64', 'base64url'] as const).flatMap((encoding) => base64Of(bytes, encoding)),
  ];
  return new Set(spellings);
}

/** Wherever it stands in what was encoded: three letters share their bits with a neighbour, in three ways. */
function base64Of(bytes: Buffer, encoding: 'base64' | 'base64url'): string[] {
  return [0, 1, 2]
    .map((offset) => {
      const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
      return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
    })
    .filter(({ length }) => length >= TELLING);
}
