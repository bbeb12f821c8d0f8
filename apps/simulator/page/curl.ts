import type { Exchange } from './exchange.js';

/** The request as a line for a shell, straight to the service. */
export function curl(serviceUrl: string, { method, path, headers }: Exchange): string {
  const parts = [method === 'GET' ? 'curl -i' : `curl -i -X ${method}`, quoted(serviceUrl + path)];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  return parts.join(' \\\n  ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
