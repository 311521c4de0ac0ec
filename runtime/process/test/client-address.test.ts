import { describe, expect, it } from 'vitest';
import { clientAddressBehind } from '../client-address.ts';

describe('D3: the address of a client', () => {
  const behind = clientAddressBehind(['10.0.0.5', '172.16.0.0/12', 'fd00::/8']);

  it.each([
    ['nobody is trusted by itself', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a trusted proxy says whom it was called by', '10.0.0.5', '198.51.100.1', '198.51.100.1'],
    ['what stands further left, the client wrote itself', '10.0.0.5', '1.1.1.1, 198.51.100.1', '198.51.100.1'],
    ['a chain of trusted proxies', '10.0.0.5', '1.1.1.1, 198.51.100.1, 172.17.0.2', '198.51.100.1'],
    ['only trusted ones: the first of them', '10.0.0.5', '172.17.0.9, 172.17.0.2', '172.17.0.9'],
    ['a trusted proxy that says nothing', '10.0.0.5', undefined, '10.0.0.5'],
    ['a trusted proxy that says what is no address', '10.0.0.5', '198.51.100.1, unknown', '10.0.0.5'],
    ['nothing between commas', '10.0.0.5', '198.51.100.1, ,', '10.0.0.5'],
    ['IPv4 shown as IPv6', '::ffff:10.0.0.5', '::ffff:198.51.100.1', '198.51.100.1'],
    ['IPv6, with and without a port', 'fd00::1', '[2001:DB8::7]:4711', '2001:db8::7'],
    ['IPv4 with a port', '10.0.0.5', '198.51.100.1:50000', '198.51.100.1'],
    ['no connection', undefined, '198.51.100.1', 'unknown'],
  ])('%s', (_, connected, forwardedFor, client) => {
    expect(behind(connected, forwardedFor)).toBe(client);
  });

  it('is that of the connection while no proxy is trusted, whatever a header says', () => {
    expect(clientAddressBehind([])('10.0.0.5', '198.51.100.1')).toBe('10.0.0.5');
  });

  it.each(['proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '10.0.0', '*'])(
    'behind the proxy %s is a wrong setting',
    (text) => {
      expect(() => clientAddressBehind([text])).toThrow(/TRUSTED_PROXIES: addresses or networks/);
    },
  );
});
