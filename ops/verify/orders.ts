import type { KeptRow } from '@quadrille/participant/per-order';
import type { Service } from '@quadrille/services';
import { type Kept, keepers } from '../kept.ts';
import { mergeByKey } from './merge.ts';
import { pagesByKey, type Snapshot } from './snapshot.ts';

/** One snapshot of each service's database, all taken at about the same moment. */
export type Snapshots = Readonly<Record<Service, Snapshot>>;

export type KeptOrder = { readonly orderId: string; readonly kept: Kept };

const keyOf = ({ orderId }: KeptRow) => orderId;

/** What the services keep of all orders, page by page in the order of their ids. */
export async function* readAllKept(snapshots: Snapshots): AsyncGenerator<KeptOrder[]> {
  const tables = keepers.map(({ service, perOrder }) => {
    const read = (after: string, limit: number) => perOrder.rows.page(snapshots[service], after, limit);
    return [service, { keyOf, pages: pagesByKey('', keyOf, read) }] as const;
  });
  for await (const page of mergeByKey<Record<Service, KeptRow>>(
    Object.fromEntries(tables) as Parameters<typeof mergeByKey<Record<Service, KeptRow>>>[0],
  ))
    yield page.map(({ key, rows }) => ({ orderId: key, kept: rows }));
}
