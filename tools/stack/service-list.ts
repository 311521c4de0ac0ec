/** The text of services/list.ts with one more service; its lines stay sorted. */
export const withService = (list: string, name: string): string => {
  const lines = list.trimEnd().split('\n');
  const isExport = (line: string) => line.startsWith('export ');
  const added = `export { ${name}Service } from './${name}/service.ts';`;
  return `${[...lines.filter((line) => !isExport(line)), ...[...lines.filter(isExport), added].sort()].join('\n')}\n`;
};
