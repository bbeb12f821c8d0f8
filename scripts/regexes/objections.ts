import { backtracking } from './backtracking.ts';
import { foundRegexes } from './found-regexes.ts';

/** What is wrong with the regular expressions of a file, one sentence for each, with its place. */
export function objectionsTo(name: string, code: string): string[] {
  return foundRegexes(name, code).flatMap(({ line, text, regex, isExcused }) => {
    if (isExcused) return [];
    const problem = regex ? backtracking(regex) : 'is known only to the running program';
    return problem === undefined ? [] : `${name}:${line}: ${text} ${problem}`;
  });
}
