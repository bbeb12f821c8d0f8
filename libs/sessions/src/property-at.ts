/** Reads own properties only, never inherited ones such as `toString`. @returns undefined where there is none */
export function propertyAt(record: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => {
    const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    return isObject ? (value as Record<string, unknown>)[name] : undefined;
  }, record);
}
