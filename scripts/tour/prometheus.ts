import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../../test/support/free-port.ts';
import { isOnPath, type Processes, until } from './processes.ts';
import { shortened } from './short.ts';

const rules = new URL('../../ops/prometheus/rules/', import.meta.url);

/** One series over time: `[epoch seconds, value]`. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [number, number])[];
}

/** A Prometheus with the project's rules, shortened in time. It scrapes every second. */
export class Prometheus {
  private readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(
    processes: Processes,
    directory: string,
    instances: readonly { readonly name: string; readonly privatePort: number }[],
  ): Promise<Prometheus> {
    if (!isOnPath('prometheus'))
      throw new Error('The tour needs prometheus on PATH (Debian: apt-get install prometheus).');
    const ruleFolder = join(directory, 'rules');
    mkdirSync(ruleFolder);
    for (const file of readdirSync(rules)) {
      writeFileSync(join(ruleFolder, file), shortened(readFileSync(new URL(file, rules), 'utf8')));
    }
    const targets = instances.map(({ name, privatePort }) => ({
      targets: [`127.0.0.1:${privatePort}`],
      labels: { instance: name },
    }));
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules/*.yml'],
      scrape_configs: [{ job_name: 'push-resend', static_configs: targets }],
    };
    writeFileSync(join(directory, 'prometheus.yml'), stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    processes.start('Prometheus', 'prometheus', [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'tsdb')}`,
      `--web.listen-address=${address}`,
      '--log.level=error',
    ]);
    const prometheus = new Prometheus(`http://${address}`);
    await until('Prometheus has scraped all instances', async () => {
      const up = await prometheus.now('sum(up{job="push-resend"})');
      return up[0]?.points[0]?.[1] === instances.length;
    });
    // Before the first scrape the rules see no instance, so their alerts fire.
    await until('no alert fires', async () => (await prometheus.now('ALERTS{alertstate="firing"}')).length === 0);
    return prometheus;
  }

  /** @returns each series with one point */
  async now(query: string): Promise<Line[]> {
    return this.ask('query', { query });
  }

  /** @param from epoch seconds, like `to` */
  async between(query: string, from: number, to: number): Promise<Line[]> {
    return this.ask('query_range', { query, start: String(from), end: String(to), step: '1' });
  }

  private async ask(path: string, parameters: Record<string, string>): Promise<Line[]> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const { data, error } = (await response.json()) as {
      data?: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
      error?: string;
    };
    if (!data) throw new Error(`${parameters['query']}: ${error}`);
    return data.result.map(({ metric, value, values = value ? [value] : [] }) => ({
      labels: metric,
      points: values.map(([at, text]) => [at, Number(text)] as const),
    }));
  }
}
