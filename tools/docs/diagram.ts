import { renderMermaidSVG } from 'beautiful-mermaid';

/**
 * A Mermaid diagram as SVG, drawn when the page is built. Its colours and letters are those of the page (theme/style.css), light or dark: the
 * style that it brings would fetch letters from another host.
 */
export const drawDiagram = (source: string): string => {
  // A page is narrow: from top to bottom nothing has to be scrolled to.
  const svg = renderMermaidSVG(source.replace(/^flowchart LR$/m, 'flowchart TB'), {
    padding: 4,
    layerSpacing: 20,
    nodeSpacing: 16,
  })
    .replace(/<style>[\s\S]*?<\/style>/, '')
    .replace(/(<svg [^>]*?) style="[^"]*"/, '$1');
  return `<div class="diagram" role="region" aria-label="Diagram" tabindex="0">${svg}</div>\n`;
};
