import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { type ValidationError, validateSync } from 'class-validator';
import { HttpProblem } from '../answers/problems.js';

/**
 * class-validator over a body, the path parameters or the query, strictly: no conversion, no unknown property, an absent body is
 * an empty one. Throws `invalid-request` with a pointer to each fault.
 */
@Injectable()
export class CheckedPipe implements PipeTransform {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    const place = PLACES[type];
    if (!metatype || place === undefined) return value;
    if (value !== undefined && !isPlain(value)) {
      throw new HttpProblem('invalid-request', { errors: [{ pointer: place, message: 'must be a JSON object' }] });
    }
    // class-validator takes what every object inherits for a declared property, and an own `constructor` for the class.
    const inherited = Object.keys(value ?? {}).filter((name) => name in Object.prototype);
    if (inherited.length > 0) {
      const errors = inherited.map((name) => ({
        pointer: `${place}/${name}`,
        message: 'is not known here',
      }));
      throw new HttpProblem('invalid-request', { errors });
    }
    const checked: object = Object.assign(new metatype(), value);
    const faults = validateSync(checked, { whitelist: true, forbidNonWhitelisted: true });
    if (faults.length > 0)
      throw new HttpProblem('invalid-request', { errors: faults.flatMap((fault) => told(fault, place)) });
    return checked;
  }
}

const PLACES: Readonly<Record<ArgumentMetadata['type'], string | undefined>> = {
  body: '',
  param: '/path',
  query: '/query',
  custom: undefined,
};

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function told({ property, constraints = {} }: ValidationError, place: string) {
  const pointer = `${place}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return Object.values(constraints).map((message) => ({ pointer, message }));
}
