import type { Exchange } from './exchange.js';

/** The request as a line for a shell, straight to the service: for the one that this computer has. */
export function curl(
  serviceUrl: string,
  { method, path, headers }: Pick<Exchange, 'method' | 'path' | 'headers'>,
  isForCmd = navigator.userAgent.includes('Windows'),
): string {
  const quoted = isForCmd ? quotedForCmd : quotedForSh;
  const parts = [method === 'GET' ? 'curl -i' : `curl -i -X ${method}`, quoted(serviceUrl + path)];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  return parts.join(isForCmd ? ' ^\n  ' : ' \\\n  ');
}

function quotedForSh(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function quotedForCmd(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`;
}
