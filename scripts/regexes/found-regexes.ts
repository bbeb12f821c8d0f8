import ts from 'typescript';

/** A regular expression in a source file. */
export interface FoundRegex {
  /** Counted from 1. */
  readonly line: number;
  /** As it stands in the file. */
  readonly text: string;
  /** Undefined where only the running program knows it. */
  readonly regex: RegExp | undefined;
  /** A comment `backtracks: …`, on its line or on a line of its own before, says why no input can keep it busy. */
  readonly isExcused: boolean;
}

/**
 * Every regular expression in a file of TypeScript or JavaScript: literals, `RegExp(…)`, and the `pattern` of a JSON schema.
 * A constant of the same file is read where it stands in one.
 */
export function foundRegexes(name: string, code: string): FoundRegex[] {
  const file = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true);
  const lines = code.split('\n');
  const constants = constantsOf(file);
  const found: FoundRegex[] = [];
  visit(file);
  return found;

  function visit(node: ts.Node): void {
    const made = regexOf(node, constants);
    if (made !== undefined) {
      const at = file.getLineAndCharacterOfPosition(node.getStart()).line;
      const isExcused =
        /\/\/ backtracks: \S/.test(lines[at] ?? '') || /^ *\/\/ backtracks: \S/.test(lines[at - 1] ?? '');
      found.push({ line: at + 1, text: node.getText(), regex: made || undefined, isExcused });
    }
    ts.forEachChild(node, visit);
  }
}

type Constants = ReadonlyMap<string, string>;

/** @returns undefined for a node that is no regular expression, false for one that can not be read */
function regexOf(node: ts.Node, constants: Constants): RegExp | false | undefined {
  if (ts.isRegularExpressionLiteral(node)) {
    const end = node.text.lastIndexOf('/');
    return regexFrom(node.text.slice(1, end), node.text.slice(end + 1));
  }
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp') {
    const [source, flags] = node.arguments ?? [];
    if (source && ts.isRegularExpressionLiteral(source)) return undefined; // found by itself
    return regexFrom(textOf(source, constants), flags && textOf(flags, constants));
  }
  if (ts.isPropertyAssignment(node) && node.name.getText() === 'pattern' && ts.isStringLiteralLike(node.initializer)) {
    return regexFrom(node.initializer.text, 'u');
  }
  return undefined;
}

function regexFrom(source: string | undefined, flags = ''): RegExp | false {
  return source === undefined ? false : new RegExp(source, flags); // backtracks: it is only read
}

/** The text of an expression of literals and constants. */
function textOf(node: ts.Expression | undefined, constants: Constants): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return node.text;
  if (ts.isIdentifier(node)) return constants.get(node.text);
  if (!ts.isTemplateExpression(node)) return undefined;
  const parts = node.templateSpans.map(({ expression, literal }) => [textOf(expression, constants), literal.text]);
  return parts.some(([value]) => value === undefined) ? undefined : node.head.text + parts.flat().join('');
}

/** The texts and numbers that are constants of the file. */
function constantsOf(file: ts.SourceFile): Constants {
  const constants = new Map<string, string>();
  for (const statement of file.statements.filter(ts.isVariableStatement)) {
    if (!(statement.declarationList.flags & ts.NodeFlags.Const)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const text = textOf(initializer, constants);
      if (text !== undefined) constants.set(name.getText(), text);
    }
  }
  return constants;
}
