import { ValidateBy } from 'class-validator';

/**
 * A bound that class-validator has no decorator for.
 * @param complaint a predicate, "must be …"; it never quotes the value, which may be a secret
 */
export function Must<Value>(complaint: string, isMet: (value: Value) => boolean) {
  return MustPass(complaint, (value: Value) => (isMet(value) ? undefined : complaint));
}

/**
 * A bound that can be missed in several ways.
 * @param complaintAbout what is wrong with the value, as the complaint of `Must`
 */
export function MustPass<Value>(bound: string, complaintAbout: (value: Value) => string | undefined) {
  const decorate = ValidateBy({
    name: bound,
    validator: {
      validate: (value: Value) => complaintAbout(value) === undefined,
      defaultMessage: (about) => complaintAbout(about?.value as Value) ?? '',
    },
  });
  return <Target extends object, Name extends string & keyof Target>(
    target: Target,
    name: NonNullable<Target[Name]> extends Value ? Name : never,
  ): void => decorate(target, name);
}

/** An integer from `min` to `max`, both included. */
export function WholeNumber(min: number, max: number) {
  return Must(
    `must be a whole number from ${min} to ${max}`,
    (value: number) => Number.isInteger(value) && value >= min && value <= max,
  );
}

export function OneOf(choices: readonly string[]) {
  return Must(`must be one of ${choices.join(', ')}`, (value: string) => choices.includes(value));
}

/** A list of `choices` in any order. */
export function SomeOf(choices: readonly string[]) {
  return Must(`must be a comma-separated list of ${choices.join(', ')}`, (values: readonly string[]) =>
    values.every((value) => choices.includes(value)),
  );
}
