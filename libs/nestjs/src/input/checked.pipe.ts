import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { HttpProblem } from '../answers/problems.js';

/**
 * The type of a parameter that a `CheckedPipe` checks. An alias leaves no class in the parameter's metadata, so a
 * ValidationPipe that the host applies to all routes skips the parameter.
 */
export type Checked<Type> = Type;

/**
 * Runs class-validator on a body, the path parameters or the query: no conversion, no unknown properties; a missing body
 * counts as empty, and so does null. Throws `invalid-request` with a pointer to each error.
 */
export class CheckedPipe implements PipeTransform {
  /** @param isPlainlyValid accepts a common value without class-validator, which would accept it as well */
  constructor(
    readonly checkedClass: new () => object,
    private readonly isPlainlyValid: (value: unknown) => boolean = () => false,
  ) {}

  transform(given: unknown, { type }: ArgumentMetadata): object {
    const value = given ?? undefined;
    if (this.isPlainlyValid(value)) return Object.assign(new this.checkedClass(), value);
    const place = PLACES[type];
    if (value !== undefined && !isPlain(value)) {
      throw new HttpProblem('invalid-request', { errors: [{ pointer: place, message: 'must be a JSON object' }] });
    }
    // class-validator mistakes an inherited property for a declared one, and an own `constructor` for the class.
    const inherited = Object.keys(value ?? {}).filter((name) => name in Object.prototype);
    if (inherited.length > 0) {
      const errors = inherited.map((name) => ({ pointer: `${place}/${name}`, message: 'is not a known field' }));
      throw new HttpProblem('invalid-request', { errors });
    }
    const checked: object = Object.assign(new this.checkedClass(), value);
    const faults = validateSync(checked, { whitelist: true, forbidNonWhitelisted: true });
    if (faults.length > 0)
      throw new HttpProblem('invalid-request', { errors: faults.flatMap((fault) => errorsOf(fault, place)) });
    return checked;
  }
}

/** For a class whose properties are all optional. */
export function isAbsentOrEmpty(value: unknown): boolean {
  return value === undefined || (isPlain(value) && Object.keys(value).length === 0);
}

/** For a class with the property `name` alone. */
export function isOnly(name: string, pattern: RegExp): (value: unknown) => boolean {
  return (value) => {
    if (!isPlain(value)) return false;
    const [only, ...more] = Object.entries(value);
    return more.length === 0 && only?.[0] === name && typeof only[1] === 'string' && pattern.test(only[1]);
  };
}

const PLACES: Readonly<Record<ArgumentMetadata['type'], string>> = {
  body: '',
  param: '/path',
  query: '/query',
  custom: '',
};

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function errorsOf({ property, constraints = {} }: ValidationError, place: string) {
  const pointer = `${place}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return Object.values(constraints).map((message) => ({ pointer, message }));
}
