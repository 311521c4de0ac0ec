const svg = (shapes: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 100" stroke-linecap="round" stroke-linejoin="round">${shapes}</svg>`;

/** Drawings small enough to stand here, so that the shop needs no other address. */
export const pictures = {
  lamp: svg(
    '<path d="M80 16v50" stroke="#8a6d3b" stroke-width="5"/><path d="M58 84h44" stroke="#8a6d3b" stroke-width="7"/>' +
      '<path d="M80 66v18" stroke="#8a6d3b" stroke-width="5"/><path d="M64 14h32l14 34H50z" fill="#f2b84b" stroke="#d1932a" stroke-width="3"/>',
  ),
  mug: svg(
    '<path d="M104 38h10a12 12 0 0 1 0 28h-10" fill="none" stroke="#3f7f93" stroke-width="7"/>' +
      '<path d="M54 28h50v42a14 14 0 0 1-14 14H68a14 14 0 0 1-14-14z" fill="#5fb0c5" stroke="#3f7f93" stroke-width="3"/>' +
      '<path d="M68 18q5-5 0-11M84 18q5-5 0-11" fill="none" stroke="#9aa7ad" stroke-width="3"/>',
  ),
  box: svg(
    '<path d="M46 38l34-16 34 16v36L80 90 46 74z" fill="#d9b98c" stroke="#a98555" stroke-width="3"/>' +
      '<path d="M46 38l34 16 34-16M80 54v36" fill="none" stroke="#a98555" stroke-width="3"/>',
  ),
} as const;

export type Picture = keyof typeof pictures;
export const pictureNames = Object.keys(pictures) as [Picture, ...Picture[]];
