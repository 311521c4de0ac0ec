import { BlockList, isIP, isIPv4 } from 'node:net';
import { SettingsError } from './settings/error.ts';

export type ClientAddress = (connected: string | undefined, forwardedFor: string | undefined) => string;

/**
 * Finds out who calls. Anybody can write an `X-Forwarded-For`, so it is read only on connections of proxies that are trusted, from the
 * right, where each proxy has added whom it was called by: the first address that is no trusted proxy's is the client's.
 * @param trusted addresses and networks of proxies: `10.0.0.5`, `10.0.0.0/8`, `fd00::/8`
 * @throws SettingsError for what is no address and no network
 */
export const clientAddressBehind = (trusted: readonly string[]): ClientAddress => {
  const proxies = new BlockList();
  for (const text of trusted) addTo(proxies, text);
  const isProxy = (address: string) => proxies.check(address, familyOf(address));
  return (connected, forwardedFor = '') => {
    let client = plain(connected ?? '');
    if (isIP(client) === 0) return 'unknown';
    const before = forwardedFor.split(',').map(plain);
    while (isProxy(client)) {
      const next = before.pop() ?? '';
      // A proxy that does not say whom it was called by stands for all of them.
      if (isIP(next) === 0) return client;
      client = next;
    }
    return client;
  };
};

/** Who is at the other end of the connection. @param env what @hono/node-server hands to the handlers of hono */
export const connectedFrom = (env: unknown): string | undefined =>
  (env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming?.socket?.remoteAddress;

const addTo = (proxies: BlockList, text: string): void => {
  const [address = '', length, ...more] = text.split('/');
  const longest = isIPv4(address) ? 32 : 128;
  const isRight = isIP(address) !== 0 && more.length === 0 && (length === undefined || /^\d{1,3}$/.test(length));
  if (!isRight || Number(length ?? 0) > longest)
    throw new SettingsError(
      'wrong settings in the environment: TRUSTED_PROXIES: addresses or networks with commas between, such as 10.0.0.5,fd00::/8',
    );
  if (length === undefined) proxies.addAddress(address, familyOf(address));
  else proxies.addSubnet(address, Number(length), familyOf(address));
};

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

/** Without the port that some proxies add, and IPv4 as itself where a socket for both shows it as IPv6. */
const plain = (text: string): string => {
  const address = text
    .trim()
    .replace(/^\[(.+)\](:\d+)?$/, '$1')
    .replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');
  return address.replace(/^::ffff:(\d+(?:\.\d+){3})$/i, '$1').toLowerCase();
};
