/** Inputs for parsers: valid ones, almost valid ones, and anything. */
import fc from 'fast-check';

/** What must never come out again in an error. It needs no escaping anywhere. */
export const CANARY = 'canary0sings0to0nobody';

const BLANKS = [
  '',
  ' ',
  '\t',
  '\n',
  '\r\n',
  '\n\n',
  '\0',
  '\u007f',
  '\u00a0',
  '\u200b',
  '\u2028',
  '\ufeff',
  '\ufffd',
  '\ud800',
];
const SIGNS = '" \' ` \\ / // .. % %00 %2F %zz %e2%82 + & = ? # @ : :: ; , ,, . - -- _ * ** | $ ( ) [ ] { } < > ~ ^ !';
const NUMBERS = '0 -1 1e9 1e999 00 0x10 NaN Infinity 9007199254740993 4294967296 \u0664 é ſ İ 😀';
const NAMES = 'null true undefined __proto__ constructor prototype toString hasOwnProperty';
const STARTS = 's: eyJ prs_ prk_ YC http:// data: q=0 Bearer Content-Type:';

/** Pieces with a meaning for some parser. */
const PIECES = [...BLANKS, ...[SIGNS, NUMBERS, NAMES, STARTS].flatMap((text) => text.split(' ')), 'event: standing\n'];

/** Any code points. The unit `binary` of fast-check has the same, and takes seconds to be made. */
const letter = fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point));

/** Any text, most of it short and unreadable. */
export const anyString = fc.string({ unit: letter });

const piece = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...PIECES) }, fc.string({ unit: letter, maxLength: 3 }));

/** Any text, most of it made of pieces that mean something, some of it long. */
export const anyText = fc.oneof(
  { weight: 4, arbitrary: fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')) },
  { weight: 2, arbitrary: anyString },
  { weight: 1, arbitrary: fc.tuple(piece, fc.nat({ max: 300 })).map(([text, times]) => text.repeat(times)) },
);

const edit = fc.record({ at: fc.nat(), drop: fc.nat({ max: 3 }), put: piece });

/** A text, or what is left of it after some edits. */
export function spoilt(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edited = fc.tuple(good, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((before, { at, drop, put }) => {
      const place = at % (before.length + 1);
      return before.slice(0, place) + put + before.slice(place + drop);
    }, text),
  );
  return fc.oneof({ weight: 2, arbitrary: good }, { weight: 3, arbitrary: edited }, { weight: 1, arbitrary: anyText });
}

/** JSON of any shape, with names that objects inherit, names that mean something, nests, and numbers at the limits. */
export function jsonText(
  names: readonly string[] = [],
  values: readonly fc.Arbitrary<string>[] = [],
): fc.Arbitrary<string> {
  const name = fc.constantFrom(
    ...names,
    ...names,
    '__proto__',
    'constructor',
    'toString',
    'valueOf',
    'length',
    '',
    'x',
  );
  const text = anyText.map((any) => JSON.stringify(any));
  const number = fc.constantFrom('0', '-0', '-1', '1', '1.5', '1e400', '-1e400', '9007199254740993', '1e21', '1e-7');
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(...values, text, number, fc.constantFrom('null', 'true', 'false', '[]', '{}', '""')),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join()}]`),
      fc.array(fc.tuple(name, tie('value')), { maxLength: Math.max(4, names.length) }).map(objectText),
      tie('value').map((inner) => `${'['.repeat(200)}${inner}${']'.repeat(200)}`),
    ),
  }));
  return value;
}

/** What JSON can say, made by the parser itself: `__proto__` is a name like any other there. */
export function jsonValue(names?: readonly string[], values?: readonly fc.Arbitrary<string>[]): fc.Arbitrary<unknown> {
  return jsonText(names, values).map((text) => JSON.parse(text) as unknown);
}

/** An object with these members, each of them right, wrong or missing, and perhaps with others. */
export function recordText(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<string> {
  const given = Object.entries(members).map(([name, right]) =>
    fc.oneof(
      { weight: 8, arbitrary: right.map((value): [string, string][] => [[name, JSON.stringify(value)]]) },
      { weight: 1, arbitrary: jsonText().map((value): [string, string][] => [[name, value]]) },
      { weight: 1, arbitrary: fc.constant<[string, string][]>([]) },
    ),
  );
  const others = fc.array(fc.tuple(fc.constantFrom('__proto__', 'constructor', ...Object.keys(members)), jsonText()), {
    maxLength: 1,
  });
  const object = fc.tuple(fc.tuple(...given), others).map(([own, more]) => objectText([...own.flat(), ...more]));
  return fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: jsonText(Object.keys(members)) });
}

export function recordOf(members: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  return recordText(members).map((text) => JSON.parse(text) as unknown);
}

function objectText(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join()}}`;
}

/** Anything that somebody may throw. */
export const anyThrown = fc.oneof(
  fc
    .tuple(anyText, jsonValue(['status', 'statusCode', 'code', 'message', 'name', 'stack', 'cause']))
    .map(([message, more]) => Object.assign(new Error(message), more)),
  fc.tuple(anyText, anyText).map(([outer, inner]) => new TypeError(outer, { cause: new Error(inner) })),
  anyText.map((message) => {
    const error = new Error(message);
    error.cause = error;
    return error;
  }),
  jsonValue(['status', 'statusCode', 'code', 'cause']),
  fc.constantFrom(undefined, Symbol('thrown'), 1n, () => undefined, Object.create(null)),
);

/** What it throws; undefined if it throws nothing. */
export function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
