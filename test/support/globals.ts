import { asAdmin } from '@quadrille/db/grants';
import { mysqlUrl } from './scratch.ts';

/** What may be set on the whole server. Tests run one after the other, so nobody else sees it. */
type Globals = Readonly<Record<string, string | number>>;

/** Sets global variables of the server, which new sessions take over. @returns puts them back as they were */
export const setGlobals = (globals: Globals): Promise<() => Promise<void>> =>
  asAdmin(mysqlUrl(), async (admin) => {
    const before: [name: string, value: string | number][] = [];
    for (const [name, value] of Object.entries(globals)) {
      const [rows] = await admin.query(`SELECT @@GLOBAL.${name} AS value`);
      before.push([name, (rows as { value: string | number }[])[0]?.value ?? '']);
      await admin.query(`SET GLOBAL ${name} = ?`, [value]);
    }
    return () =>
      asAdmin(mysqlUrl(), async (again) => {
        for (const [name, value] of before) await again.query(`SET GLOBAL ${name} = ?`, [value]);
      });
  });
