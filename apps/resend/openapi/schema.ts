/** A JSON Schema (2020-12). */
export type Schema = Record<string, unknown>;

export const string = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
export const whole = (description: string, more: Schema = {}): Schema => ({ type: 'integer', description, ...more });
export const list = (description: string, items: Schema): Schema => ({ type: 'array', description, items });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Every property is required unless its name ends with `?`. Additional properties are allowed. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name.replace('?', ''), schema])),
    required: names.filter((name) => !name.endsWith('?')),
  };
}
