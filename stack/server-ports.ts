import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isFree, pickPort } from './ports.ts';

const ephemeralPorts = '/proc/sys/net/ipv4/ip_local_port_range';
/** Below are ports that programs of all kinds listen on by default. */
const lowest = 20_000;

/** The ports below this one are never given to a client's connection. */
export function ephemeralStart(range = existsSync(ephemeralPorts) ? readFileSync(ephemeralPorts, 'utf8') : ''): number {
  return Number.parseInt(range, 10) || 32_768;
}

/**
 * A free port for a server that must find it free again after it was killed: no client's connection can take it meanwhile.
 * @param wanted where it was before; taken again if it is such a port and free
 * @param except ports that are given away already
 */
export async function pickServerPort(
  wanted?: number,
  except: readonly number[] = [],
  limit = ephemeralStart(),
): Promise<number> {
  // A machine that gives clients all ports: then there is none that is safe.
  if (limit < lowest + 1_000) return pickPort(wanted);
  const suits = async (port: number) => port < limit && !except.includes(port) && (await isFree(port));
  if (wanted !== undefined && (await suits(wanted))) return wanted;
  for (;;) {
    const port = randomInt(lowest, limit);
    if (await suits(port)) return port;
  }
}
