import { ApiProperty } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';

type Class = abstract new () => object;
type Keywords = Readonly<Record<string, unknown>>;

/** Adds a class's class-validator rules to the OpenAPI document, so that no bound is written twice. */
export function describeClass(type: Class): void {
  const checks = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  for (const [property, rules] of Map.groupBy(checks, ({ propertyName }) => propertyName)) {
    const required = !rules.some(({ type: kind }) => kind === 'conditionalValidation');
    const description = rules.map(({ message }) => message).find((message) => typeof message === 'string');
    ApiProperty({
      ...Object.assign({}, ...rules.map(keywordsOf)),
      ...(description !== undefined && { description: sentence(description) }),
      required,
    })(type.prototype as object, property);
  }
}

/** One decorator → its JSON Schema keywords. Throws for an unknown decorator. */
function keywordsOf({ name, constraints }: { name?: string; constraints?: unknown[] }): Keywords {
  if (name === undefined) return {}; // ValidateIf: expressed by `required`
  const [first, second] = constraints ?? [];
  switch (name) {
    case 'isInt':
      return { type: 'integer' };
    case 'isBoolean':
      return { type: 'boolean' };
    case 'isString':
      return { type: 'string' };
    case 'min':
      return { minimum: first };
    case 'max':
      return { maximum: first };
    case 'isLength':
      return { type: 'string', minLength: first, ...(second !== undefined && { maxLength: second }) };
    case 'minLength':
      return { type: 'string', minLength: first };
    case 'maxLength':
      return { type: 'string', maxLength: first };
    case 'matches':
      return { type: 'string', pattern: (first as RegExp).source };
    case 'isIn':
      return { enum: first };
    default:
      throw new Error(`no JSON Schema keywords for the validator ${name}: add them to keywordsOf`);
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
