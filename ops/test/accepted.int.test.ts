import { randomUUID } from 'node:crypto';
import { orderCreated } from '@quadrille/contracts/order-events';
import { mysqlStorage } from '@quadrille/db/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../test/support/cluster.ts';
import { received, recordOf } from '../../test/support/events.ts';
import { listOperations } from '../audit-log.ts';
import { describeVerify } from '../cli/verify.ts';
import { acceptFindings, readAccepted, revokeAccepted } from '../verify/accepted.ts';
import { type VerifyReport, verify } from '../verify/verify.ts';

const hour = 3_600_000;
const author = { who: 'olga', why: 'forged on 2026-11-25, the goods were put back' };

describe('a divergence that cannot be repaired', () => {
  let test: TestCluster;
  beforeAll(async () => {
    test = await startTestCluster();
    await test.databases.stock.pool.query('INSERT INTO products VALUES (7, 100, 10, 0, 0)');
  });
  afterAll(() => test.drop());
  const look = (): Promise<VerifyReport> => verify(test.cluster, { patience: hour, atRest: true });
  const auditLog = () => test.databases.ops.pool;
  /** An event that somebody has written into the topic: order knows nothing of it. */
  const forge = async (): Promise<string> => {
    const orderId = randomUUID();
    const data = { userId: 1, productId: 7, productCount: 2, amount: 200, couponId: 0 };
    const record = recordOf(received(orderId, orderCreated.of(data)));
    await test.cluster.handles.stock.take(mysqlStorage(test.databases.stock.pool), [record]);
    await test.run();
    return orderId;
  };

  it('D7: is listed and not red once it is accepted, red again when its amount changes, and when that is revoked', async () => {
    const orderId = await forge();
    const red = await look();
    expect(red).toMatchObject({ balanced: false, accepted: [], outdated: [] });
    const finding = red.findings.find((each) => each.kind === 'divergence');
    if (!finding) throw new Error('nothing found');
    expect(finding).toMatchObject({
      orderId,
      what: expect.stringContaining('stock knows it (reserved: 2 of product 7)'),
    });
    expect((await look()).findings.map(({ id }) => id)).toEqual(red.findings.map(({ id }) => id));

    await acceptFindings(
      auditLog(),
      red.findings.map(({ id }) => id),
      red.findings,
      author,
    );
    const green = await look();
    expect(green).toMatchObject({ balanced: true, findings: [], counts: {} });
    expect(green.accepted).toContainEqual(expect.objectContaining({ id: finding.id, orderId, ...author }));
    expect(describeVerify(green)).toMatch(new RegExp(`accepted.* ${finding.id}  order ${orderId}: .*olga: forged`));
    expect((await listOperations(auditLog(), { limit: 1 })).items).toMatchObject([
      { verb: 'verify accept', ...author, status: 'done' },
    ]);

    await test.databases.stock.pool.query('UPDATE reservations SET product_count = 3 WHERE order_id = ?', [orderId]);
    await test.databases.stock.pool.query('UPDATE products SET reserved = 3, available = 7 WHERE product_id = 7');
    const more = await look();
    expect(more).toMatchObject({ balanced: false, outdated: [{ id: finding.id }] });
    expect(more.findings).toContainEqual(expect.objectContaining({ kind: 'divergence', orderId }));
    expect(describeVerify(more)).toContain(`verify --revoke ${finding.id}`);
    await test.databases.stock.pool.query('UPDATE reservations SET product_count = 2 WHERE order_id = ?', [orderId]);
    await test.databases.stock.pool.query('UPDATE products SET reserved = 2, available = 8 WHERE product_id = 7');
    expect(await look()).toMatchObject({ balanced: true });

    await revokeAccepted(auditLog(), [finding.id], { who: 'olga', why: 'the goods are missing after all' });
    expect(await look()).toMatchObject({ balanced: false, findings: expect.arrayContaining([finding]) });
    expect((await readAccepted(auditLog())).has(finding.id)).toBe(false);
  });

  it('D7: hides nothing else: another forged order is red', async () => {
    const before = await look();
    await acceptFindings(
      auditLog(),
      before.findings.map(({ id }) => id),
      before.findings,
      author,
    );
    expect(await look()).toMatchObject({ balanced: true });
    const orderId = await forge();
    expect((await look()).findings).toContainEqual(expect.objectContaining({ kind: 'divergence', orderId }));
  });

  it('D7: is accepted only as it was found, with a reason, and not where a verb mends it', async () => {
    const { findings } = await look();
    const parked = { id: 'abcdefabcdef', kind: 'parked' as const, what: 'stock has 1 parked event' };
    await expect(acceptFindings(auditLog(), ['000000000000'], findings, author)).rejects.toThrow(
      'There is no finding 000000000000 now',
    );
    await expect(acceptFindings(auditLog(), [parked.id], [parked], author)).rejects.toThrow('is not to be accepted');
    await expect(
      acceptFindings(
        auditLog(),
        findings.map(({ id }) => id),
        findings,
        { ...author, why: ' ' },
      ),
    ).rejects.toThrow('Say why you do it');
    await expect(revokeAccepted(auditLog(), ['000000000000'], author)).rejects.toThrow(
      'Nobody has accepted 000000000000',
    );
  });
});
