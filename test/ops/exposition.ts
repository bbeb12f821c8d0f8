import type { Rig } from '../support/rig.js';

/** One line of /metrics. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What one scrape brought. */
export class Exposition {
  readonly series: readonly Series[];

  constructor(readonly text: string) {
    this.series = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
      if (name === undefined || value === undefined) return [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', word = '']) => [
        label,
        word,
      ]);
      return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: numberOf(value) }];
    });
  }

  /** The value of the one series with these labels. @throws where there is not exactly one */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const found = this.series.filter(
      (one) => one.name === name && Object.entries(labels).every(([label, word]) => one.labels[label] === word),
    );
    const [only, more] = found;
    if (!only || more) throw new Error(`${found.length} series are ${name} ${JSON.stringify(labels)}`);
    return only.value;
  }
}

export async function scrape({ ops }: Pick<Rig, 'ops'>): Promise<Exposition> {
  return new Exposition((await ops.get('/metrics').expect(200)).text);
}

function numberOf(value: string): number {
  return value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value === 'Nan' ? 'NaN' : value);
}
