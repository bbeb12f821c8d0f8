/**
 * The characters with which V8, Node and Redis begin a quoted value. An apostrophe within a word does not, nor does a
 * quoted command or setting of Redis itself.
 */
const QUOTATION = /["`‘“]|(?<!\w)'(?![a-z|]+' command\b|maxmemory')/;

/**
 * The loggable part of an error from outside: Redis, a file, an identity provider. The message is cut at the first quoted
 * value. Properties that libraries attach to errors (requests, headers, arguments, configurations) are dropped.
 */
export function plainError(error: unknown): object {
  if (error instanceof PlainError) return error; // a host's logger may reduce it again
  return describe(error, (message) => ({ message: message.split(QUOTATION, 1)[0] }));
}

/** The loggable part of a bug: its place without its message, which may quote user data. */
export function placeOfBug(error: unknown): object {
  return describe(error, () => ({}));
}

class PlainError {
  constructor(fields: object) {
    Object.assign(this, fields);
  }
}

/** Maximum number of causes: an error may be its own cause. */
const MOST_CAUSES = 5;

function describe(error: unknown, messageOf: (message: string) => object, mostCauses = MOST_CAUSES): PlainError {
  if (!(error instanceof Error)) return new PlainError({ name: typeof error });
  const [name, stack, message] = [textOf(error.name), stackOf(error), textOf(error.message)];
  const code = 'code' in error ? textOf(error.code) : '';
  const end = stack.indexOf(message); // -1: the message was changed later, and the stack still quotes the original
  const frames = end < 0 ? [] : stack.slice(end + message.length).split('\n');
  const { cause } = error;
  return new PlainError({
    name: /^\w{1,64}$/.test(name) ? name : 'Error',
    ...(/^[A-Z][A-Z0-9_]{2,63}$/.test(code) && { code }),
    ...messageOf(message),
    frames: frames.map((frame) => frame.trim()).filter((frame) => frame.startsWith('at ')),
    ...(cause !== undefined && mostCauses > 0 && { cause: describe(cause, messageOf, mostCauses - 1) }),
  });
}

/** V8 builds `stack` lazily from the current message; a message that cannot become a string makes it throw. */
function stackOf(error: Error): string {
  try {
    return textOf(error.stack);
  } catch {
    return '';
  }
}

/** Libraries put anything there. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
