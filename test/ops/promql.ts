/** What a PromQL expression names. Not a parser: promtool judges the rest. */
export interface Named {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on` and the like. */
  readonly grouping: readonly string[];
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

const KEYWORDS = new Set([
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
]);
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const METRIC = /([A-Za-z_:][\w:]*)(\s*\()?(?:\s*\{([^}]*)\})?/g;
const MATCHER = /(\w+)\s*(=~|!~|!=|=)\s*§(\d+)§/g;

export function namedBy(expression: string): Named {
  const strings: string[] = [];
  const plain = expression
    .replace(/"((?:[^"\\]|\\.)*)"/g, (_, text: string) => `§${strings.push(text) - 1}§`)
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\boffset\s+\w+/g, '');
  const grouping = [...plain.matchAll(GROUPING)].flatMap(([, labels = '']) =>
    labels.split(',').map((one) => one.trim()),
  );
  const selectors = [...plain.replace(GROUPING, '').matchAll(METRIC)].flatMap(
    ([, metric = '', isCall, braces = '']) => {
      if (isCall !== undefined || KEYWORDS.has(metric)) return [];
      const matchers = [...braces.matchAll(MATCHER)].map(([, label = '', operator = '', index]) => ({
        label,
        operator,
        value: strings[Number(index)] ?? '',
      }));
      return [{ metric, matchers }];
    },
  );
  return { selectors, grouping: grouping.filter((label) => label !== '') };
}
