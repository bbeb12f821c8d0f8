/** Where a value begins that a library quotes: in the words of V8, Node and Redis. */
const QUOTATION = /["'`‘“]/;

/**
 * What the log says of trouble with the world: Redis, a file, an identity provider. The message goes as far as it quotes
 * nothing; what libraries hang on their errors (requests, headers, arguments, configurations) is left out.
 */
export function plainError(error: unknown): object {
  return describe(error, ({ message }) => ({ message: message.split(QUOTATION, 1)[0] }));
}

/** What the log says of a bug: where it happened and no message, for whatever was being worked on may be quoted in one. */
export function placeOfBug(error: unknown): object {
  return describe(error, () => ({}));
}

function describe(error: unknown, messageOf: (error: Error) => object): object {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, stack = '', message, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const end = stack.indexOf(message); // not there: it was changed later, and the stack still quotes the first one
  const frames = end < 0 ? [] : stack.slice(end + message.length).split('\n');
  return {
    name: /^\w{1,64}$/.test(name) ? name : 'Error',
    ...(/^[A-Z][A-Z0-9_]{2,63}$/.test(code) && { code }),
    ...messageOf(error),
    frames: frames.map((frame) => frame.trim()).filter((frame) => frame.startsWith('at ')),
    ...(cause !== undefined && { cause: describe(cause, messageOf) }),
  };
}
