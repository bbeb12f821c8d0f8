import { Counter, Gauge, Histogram, type LabelValues, type Registry } from '@prometheus-io/client';

export type Ask = () => void | Promise<void>;

/** Every value that a label can have. An empty list: the constructor creates its series. */
export type Labels<Label extends string> = Readonly<Record<Label, readonly string[]>>;

/** Creates metrics in one registry, each with every combination of its labels at 0. */
export abstract class Registered {
  constructor(readonly registry: Registry) {}

  /** @param collect called at each scrape to update the value */
  protected counter<Label extends string = never>(
    name: string,
    help: string,
    labels = {} as Labels<Label>,
    collect: Ask = () => {},
  ) {
    const counter = new Counter({ name, help, labelNames: labelsOf(labels), registers: [this.registry], collect });
    for (const combination of combinations(labels)) counter.inc(combination, 0);
    return counter;
  }

  protected gauge<Label extends string = never>(
    name: string,
    help: string,
    labels = {} as Labels<Label>,
    collect: Ask = () => {},
  ) {
    const gauge = new Gauge({ name, help, labelNames: labelsOf(labels), registers: [this.registry], collect });
    for (const combination of combinations(labels)) gauge.set(combination, 0);
    return gauge;
  }

  protected histogram<Label extends string>(name: string, help: string, labels: Labels<Label>, buckets: number[]) {
    const histogram = new Histogram({ name, help, labelNames: labelsOf(labels), buckets, registers: [this.registry] });
    for (const combination of combinations(labels)) histogram.zero(combination);
    return histogram;
  }
}

function labelsOf<Label extends string>(labels: Labels<Label>): Label[] {
  return Object.keys(labels) as Label[];
}

/** Every combination of one value per label; empty if any label has no values. */
export function combinations<Label extends string>(labels: Labels<Label>): LabelValues<Label>[] {
  const none = {} as LabelValues<Label>;
  return labelsOf(labels).reduce(
    (chosen, label) => chosen.flatMap((some) => labels[label].map((value) => ({ ...some, [label]: value }))),
    [none],
  );
}
