/** The colours of the drawing where no page gives them; the console has its own, in console/assets/score.css. */
export const drawingStyle = `
svg { color-scheme: light dark; --ink: #1d1f1b; --card: #fff; --line: #d9d6cc; --muted: #66685f; --accent: #1f7a5c; --bad: #a3342a; background: var(--card); }
@media (prefers-color-scheme: dark) { svg { --ink: #eceae3; --card: #1b1e1a; --line: #3b4038; --muted: #a2a499; --accent: #5fcf9f; --bad: #f2958a; } }
text { fill: var(--ink); font: 13px system-ui, sans-serif; }
.part { fill: var(--muted); font-weight: 650; }
.lane line { stroke: var(--line); }
.lane text { font-weight: 650; }
.message path, .arc path { fill: none; stroke: var(--accent); }
.undo path { stroke: var(--bad); }
.hand { fill: var(--muted); }
.arc path { stroke-width: 2; }
.note { fill: var(--accent); }
.note.undo { fill: var(--bad); }
marker path { fill: var(--accent); stroke: none; }
marker.undo path { fill: var(--bad); }
`;
