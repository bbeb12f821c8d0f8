import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../../test/support/chromium.ts';
import { type Act, pageOf } from './draw/page.ts';
import type { DrawnPanel, Panel } from './draw/panel.ts';
import type { Line, Prometheus } from './prometheus.ts';
import { shortened } from './short.ts';

const dashboard = new URL('../../ops/grafana/dashboards/push-resend.json', import.meta.url);
const picture = fileURLToPath(new URL('../../docs/dashboard.png', import.meta.url));

/** Ten scrapes. */
const RATE_INTERVAL = '10s';
const WIDTH = 1680;

/**
 * Draws the dashboard of ops/grafana with data from Prometheus, in place of a Grafana.
 * @param run `from` and `to` in epoch seconds, `acts` in seconds since `from`
 */
export async function drawDashboard(
  prometheus: Prometheus,
  run: { from: number; to: number; acts: readonly Act[] },
): Promise<void> {
  const { panels } = JSON.parse(readFileSync(dashboard, 'utf8')) as { panels: Panel[] };
  const drawn: DrawnPanel[] = [];
  for (const panel of panels) drawn.push({ ...panel, lines: await linesOf(panel, prometheus, run) });
  const browser = await launchChromium([
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-sync',
  ]);
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });
    await page.setContent(pageOf(drawn, run));
    await page.screenshot({ path: picture, fullPage: true });
  } finally {
    await browser.close();
  }
  console.log(`Drawn: ${picture}`);
}

async function linesOf(panel: Panel, prometheus: Prometheus, run: { from: number; to: number }) {
  const lines: (Line & { name: string })[] = [];
  for (const { expr, legendFormat } of panel.targets ?? []) {
    const query = shortened(expr).replaceAll('$__rate_interval', RATE_INTERVAL);
    for (const line of await prometheus.between(query, run.from, run.to)) {
      const points = line.points.map(([at, value]) => [at - run.from, value] as const);
      const name = legendFormat.replace(/\{\{(\w{1,60})\}\}/g, (_, label: string) => line.labels[label] ?? '');
      lines.push({ name, labels: line.labels, points });
    }
  }
  // Leave out series that stayed at 0: they would clutter the chart.
  const seen = lines.filter(({ points }) => points.some(([, value]) => value > 0));
  return panel.type === 'timeseries' && seen.length > 0 ? seen : lines;
}
