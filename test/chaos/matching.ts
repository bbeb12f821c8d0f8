export interface Interval {
  readonly from: number;
  readonly to: number;
}

/**
 * Gives each moment an owner: a group one of whose intervals contains it, and no group two moments. Finds the largest
 * such assignment (Kuhn's augmenting paths), so that what is left over can belong to nobody.
 */
export function unmatched<Moment extends { readonly at: number }>(
  moments: readonly Moment[],
  groups: readonly (readonly Interval[])[],
): Moment[] {
  const ownedBy = new Map<number, Moment>();

  const findOwner = (moment: Moment, tried: Set<number>): boolean =>
    groups.some((intervals, group) => {
      if (tried.has(group) || !intervals.some(({ from, to }) => from <= moment.at && moment.at <= to)) return false;
      tried.add(group);
      const displaced = ownedBy.get(group);
      if (displaced && !findOwner(displaced, tried)) return false;
      ownedBy.set(group, moment);
      return true;
    });

  return moments.filter((moment) => !findOwner(moment, new Set()));
}
