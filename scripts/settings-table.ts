/** Generates docs/settings.md from the class `Settings` with `--write`; otherwise checks that it is up to date. */
import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

const INTRO = `# Settings

<!-- Made by \`npm run docs\` from libs/settings/src/settings.ts. -->

Settings are environment variables. An empty variable counts as unset. When a setting is invalid the service does not
start: it lists every invalid variable, without its value, and exits with 78. Names ending in \`_MS\`, \`_SECONDS\` and
\`_DAYS\` give the unit. A list has its items between commas or on lines of their own. Blanks, line breaks, a byte order mark
and one pair of quotes around a value do not belong to it; around a secret, quotes are refused. A misspelt name is refused,
too: [operating.md](operating.md#settings-as-they-arrive). Tracing has the standard \`OTEL_…\` variables: [logs-and-traces.md](logs-and-traces.md).
`;

const settingsFile = new URL('../libs/settings/src/settings.ts', import.meta.url);
const page = new URL('../docs/settings.md', import.meta.url);

const source = ts.createSourceFile('settings.ts', readFileSync(settingsFile, 'utf8'), ts.ScriptTarget.Latest, true);
const constants = new Map<string, ts.Expression | undefined>();
for (const statement of source.statements.filter(ts.isVariableStatement)) {
  for (const { name, initializer } of statement.declarationList.declarations)
    constants.set(name.getText(), initializer);
}
const settings = source.statements.filter(ts.isClassDeclaration).find(({ name }) => name?.text === 'Settings');
const secrets = constants.get('SECRETS')?.getText() ?? '';

const lines = [INTRO.trimEnd()];
for (const member of settings?.members ?? []) {
  if (!ts.isPropertyDeclaration(member)) continue;
  // backtracks: over code of this repository only
  const [, heading] = /^\s*\/\/ (## .+)$/m.exec(member.getFullText()) ?? [];
  if (heading !== undefined) lines.push(heading, '', '| variable | default | values | meaning |', '|---|---|---|---|');
  lines.push(row(member));
}
const text = `${lines.join('\n').replaceAll(/\n(?=## )/g, '\n\n')}\n`;

if (process.argv.includes('--write')) writeFileSync(page, text);
else if (text !== readFileSync(page, 'utf8')) {
  console.error('docs/settings.md is out of date: run npm run docs');
  process.exitCode = 1;
}

function row(member: ts.PropertyDeclaration): string {
  const name = member.name.getText();
  const variable = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const file = secrets.includes(`'${name}'`) ? ` (or \`${variable}_FILE\`)` : '';
  const initial = member.initializer ? textOf(member.initializer) : '';
  return `| \`${variable}\`${file} | ${initial && `\`${initial}\``} | ${values(member)} | ${meaning(member)} |`;
}

/** A default in the form in which it is written in the variable; empty if there is none. */
function textOf(initial: ts.Expression): string {
  if (ts.isArrayLiteralExpression(initial)) return initial.elements.map(textOf).join(',');
  if (ts.isCallExpression(initial)) return initial.arguments.map(textOf).join(',');
  if (ts.isStringLiteral(initial) || ts.isNumericLiteral(initial)) return initial.text;
  return initial.getText().replace('undefined', '');
}

function meaning(member: ts.PropertyDeclaration): string {
  const [doc] = ts.getJSDocCommentsAndTags(member);
  const comment = doc && ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : undefined;
  if (!comment) throw new Error(`${member.name.getText()} has no comment`);
  return comment.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** Ranges and choices. Other formats are explained in the comment of the setting. */
function values(member: ts.PropertyDeclaration): string {
  if (member.type?.kind === ts.SyntaxKind.BooleanKeyword) return 'false · true';
  for (const { expression } of ts.getDecorators(member) ?? []) {
    if (!ts.isCallExpression(expression)) continue;
    const [first, second] = expression.arguments;
    switch (expression.expression.getText()) {
      case 'WholeNumber':
        return [first, second].map((bound) => bound && textOf(bound)).join(' to ');
      case 'OneOf':
      case 'SomeOf':
        return choices(first).join(' · ');
    }
  }
  return '';
}

function choices(constant: ts.Expression | undefined): string[] {
  let array = constants.get(constant?.getText() ?? '');
  if (array && ts.isAsExpression(array)) array = array.expression;
  if (!array || !ts.isArrayLiteralExpression(array)) throw new Error(`${constant?.getText()} is not a list of choices`);
  return array.elements.map(textOf);
}
