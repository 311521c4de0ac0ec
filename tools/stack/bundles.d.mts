export const bundlesFolder: string;
export function bundlesOfSource(): string;
export function bundledAs(file: string): string;
