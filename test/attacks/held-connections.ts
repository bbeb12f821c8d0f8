import { readFileSync } from 'node:fs';

const LISTENING = '0A';

/** How many connections of a port of 127.0.0.1 a process still holds, as the kernel sees it. Linux only. */
export function heldConnections(port: number): number {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  return sockets.filter((line) => {
    const [, address, , state, , , , , , inode] = line.trim().split(/\s+/);
    return address === local && state !== LISTENING && inode !== '0'; // 0: closed, what is left is the kernel's
  }).length;
}
