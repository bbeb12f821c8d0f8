/** Lines of the log as `level event: fields`, each kind once, sorted. What they say and with which values is left out. */
export function linesOfLog(log: string): string[] {
  const lines = log.split('\n').filter((line) => line !== '');
  return [...new Set(lines.map(kindOf))].toSorted();
}

function kindOf(line: string): string {
  const { level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
  return `${String(level)} ${String(event)}: ${fieldsOf(fields).toSorted().join(' ')}`;
}

/** Those of objects and of lists of objects too: `twilio.operation`. */
function fieldsOf(value: object, prefix = ''): string[] {
  const names = Object.entries(value).flatMap(([name, inner]) => {
    const objects = [inner].flat().filter((one) => typeof one === 'object' && one !== null);
    return objects.length === 0
      ? [prefix + name]
      : objects.flatMap((one) => fieldsOf(one as object, `${prefix}${name}.`));
  });
  return [...new Set(names)];
}
