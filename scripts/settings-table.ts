/** The README's table of settings, made of the settings class: `--write` puts it there, without it checks that it is there. */
import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

const settingsFile = new URL('../libs/settings/src/settings.ts', import.meta.url);
const readmeFile = new URL('../README.md', import.meta.url);
const BEGIN = '<!-- settings: made by `npm run docs` -->';
const END = '<!-- /settings -->';

const source = ts.createSourceFile('settings.ts', readFileSync(settingsFile, 'utf8'), ts.ScriptTarget.Latest, true);
const rows = ['| variable | default | bounds | meaning |', '|---|---|---|---|'];
const secrets = /SECRETS = \[([^\]]*)\]/.exec(source.text)?.[1] ?? '';
for (const statement of source.statements) {
  if (!ts.isClassDeclaration(statement) || statement.name?.text !== 'Settings') continue;
  for (const member of statement.members) if (ts.isPropertyDeclaration(member)) rows.push(row(member));
}
const table = `${BEGIN}\n${rows.join('\n')}\n${END}`;

const readme = readFileSync(readmeFile, 'utf8');
const [before = '', rest = ''] = readme.split(BEGIN);
const after = rest.split(END)[1];
if (after === undefined) throw new Error(`README.md needs the lines ${BEGIN} and ${END}`);
const wanted = before + table + after;
if (process.argv.includes('--write')) writeFileSync(readmeFile, wanted);
else if (wanted !== readme) {
  console.error('The table of settings in README.md is stale: npm run docs');
  process.exitCode = 1;
}

function row(member: ts.PropertyDeclaration): string {
  const name = member.name.getText();
  const variable = name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const isSecret = secrets.includes(`'${name}'`);
  const initial = member.initializer?.getText().replaceAll(/^'|'$/g, '').replaceAll('_', '') ?? '';
  const file = isSecret ? ` (or \`${variable}_FILE\`)` : '';
  return `| \`${variable}\`${file} | ${initial === '' ? '' : `\`${initial}\``} | ${bounds(member)} | ${meaning(member)} |`;
}

function meaning(member: ts.PropertyDeclaration): string {
  const [doc] = ts.getJSDocCommentsAndTags(member);
  const text = doc && ts.isJSDoc(doc) ? ts.getTextOfJSDocComment(doc.comment) : undefined;
  if (!text) throw new Error(`${member.name.getText()} says nothing about itself`);
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** Numbers by @Min and @Max, choices by @IsIn; patterns speak for themselves in the meaning. */
function bounds(member: ts.PropertyDeclaration): string {
  const decorators = new Map<string, string>();
  for (const decorator of ts.getDecorators(member) ?? []) {
    if (!ts.isCallExpression(decorator.expression)) continue;
    const {
      expression,
      arguments: [argument],
    } = decorator.expression;
    decorators.set(expression.getText(), argument?.getText() ?? '');
  }
  const choices = decorators.get('IsIn');
  if (choices !== undefined) return choices.replaceAll(/[[\]']/g, '').replaceAll(', ', ' · ');
  const plain = (text: string) => text.replaceAll('_', '');
  const [min, max] = [decorators.get('Min'), decorators.get('Max')];
  return min !== undefined && max !== undefined ? `${plain(min)} to ${plain(max)}` : '';
}
