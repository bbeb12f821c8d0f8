import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What the kernel knows of a process. */
export interface Outside {
  readonly rssBytes: number;
  /** Open file descriptors, sockets included. */
  readonly descriptors: number;
  /** TCP sockets by state, as in `ss`: `ESTAB`, `CLOSE-WAIT` … */
  readonly sockets: Readonly<Record<string, number>>;
}

/** By the number in /proc/net/tcp, which starts at 1. */
const STATES = ['ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'CLOSE', 'CLOSE-WAIT'];
const MORE_STATES = ['LAST-ACK', 'LISTEN', 'CLOSING'];

/** Looks at a process from outside; needs Linux. @throws when there is no such process */
export function outsideOf(pid: number): Outside {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => targetOf(`/proc/${pid}/fd/${descriptor}`));
  const inodes = new Set(open.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
  const sockets: Record<string, number> = {};
  for (const { inode, state } of ['tcp', 'tcp6'].flatMap((table) => tableOf(`/proc/${pid}/net/${table}`))) {
    if (inodes.has(inode)) sockets[state] = (sockets[state] ?? 0) + 1;
  }
  return { rssBytes: Number(kibibytes) * 1024, descriptors: open.length, sockets };
}

/** None for a descriptor that was closed meanwhile. */
function targetOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function tableOf(path: string): { readonly inode: string; readonly state: string }[] {
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  return rows.map((row) => {
    const columns = row.trim().split(/\s+/);
    const state = [...STATES, ...MORE_STATES][Number.parseInt(columns[3] ?? '', 16) - 1] ?? 'OTHER';
    return { inode: columns[9] ?? '', state };
  });
}
