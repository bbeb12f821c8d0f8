import { CheckedPipe } from '@nest/input/checked.pipe.js';

/** The metadata keys of a method's parameters (Nest) and of their types (TypeScript). */
const ROUTE_ARGUMENTS = '__routeArguments__';
const PARAMETER_TYPES = 'design:paramtypes';

type Class = abstract new (...dependencies: never[]) => object;
type Arguments = Readonly<Record<string, { readonly index: number; readonly pipes: readonly unknown[] }>>;

/** Restores the parameter classes that `Checked` hides from the host's pipes, since Swagger needs them. */
export function showCheckedTypes({ prototype }: Class, method: string): void {
  const target = prototype as object;
  const types: unknown[] = [...Reflect.getMetadata(PARAMETER_TYPES, target, method)];
  const parameters: Arguments = Reflect.getMetadata(ROUTE_ARGUMENTS, target.constructor, method) ?? {};
  for (const { index, pipes } of Object.values(parameters)) {
    const pipe = pipes.find((one) => one instanceof CheckedPipe);
    if (pipe) types[index] = pipe.checkedClass;
  }
  Reflect.defineMetadata(PARAMETER_TYPES, types, target, method);
}
