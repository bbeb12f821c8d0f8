import { isSafe } from 'redos-detector';

/**
 * How a regular expression may take much longer than its input is long.
 *
 * The detector never takes one for safe that is not, but for `^` with the flag m, which begins at each line; and it objects
 * to some that are: to most with an endless repetition that may begin anywhere in the text.
 *
 * @returns undefined if no input makes the engine go back more than 50 times
 */
export function backtracking(regex: RegExp): string | undefined {
  const { safe, score, error } = isSafe(beginningAtLines(regex), { maxScore: 50, maxSteps: 5000, timeout: Infinity });
  if (safe) return undefined;
  if (error === 'hitMaxSteps') return 'has too many paths to say how often it goes back';
  return score.infinite ? 'may go back without an end' : `may go back ${score.value} times`;
}

function beginningAtLines(regex: RegExp): RegExp {
  if (!regex.multiline) return regex;
  // backtracks: it is only read
  return new RegExp(regex.source.replaceAll(/(?<=^|[(|:])\^/g, String.raw`(?:^|\n)`), regex.flags);
}
