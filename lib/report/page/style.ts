/** The style sheet of a page: dense, and black on white; white on black where the reader has it so. */

import { Html } from './html.js'

/** Colours of series: at least three times as bright, or as dark, as what they lie on. */
const LIGHT = [
  '#0b63ad',
  '#bf4a12',
  '#19794a',
  '#9c2487',
  '#866000',
  '#5a4ec6',
  '#b31d38',
  '#00727a',
  '#5a6a00',
  '#8a5248',
  '#2f4858',
]
const DARK = [
  '#6cb6f5',
  '#f39a6b',
  '#5fcf97',
  '#e58ad6',
  '#dcb254',
  '#a9a0f7',
  '#ff8594',
  '#4fcfd8',
  '#bccb4e',
  '#d4a093',
  '#b7cfdd',
]

const series = (colours: readonly string[]): string =>
  colours.map((colour, i) => `--s${i}:${colour};`).join('')

const light = `--ink:#111;--soft:#555;--paper:#fff;--rule:#d8d8d8;--grid:#e6e6e6;--shade:#f2a33a;--bad:#a8001c;--good:#11632f;--noise:#ececec;--edge:#9a9a9a;--use:#d4d4d4;--least:#b4b4b4;--link:#0b4f8a;${series(LIGHT)}--tracker:#bf4a12;--lockWait:#9c2487;--search:#4f8fc9;--release:#9cc3e6;--copy:#a9a9a9;--other:#dedede`
const dark = `--ink:#ececec;--soft:#adadad;--paper:#141414;--rule:#3a3a3a;--grid:#2b2b2b;--shade:#b86a00;--bad:#ff9aa5;--good:#79d79b;--noise:#242424;--edge:#7a7a7a;--use:#3b3b3b;--least:#565656;--link:#8cc4ff;${series(DARK)}--tracker:#f39a6b;--lockWait:#e58ad6;--search:#4f8fc9;--release:#2f5f8c;--copy:#6a6a6a;--other:#3d3d3d`

/** Shades of the grid: from the best to two doublings and more. */
const shades = Array.from(
  { length: 10 },
  (_, i) => `.h${i}{background:color-mix(in srgb,var(--shade) ${i * 7}%,transparent)}`,
).join('')

/** The same for what is drawn. */
const heats = Array.from(
  { length: 10 },
  (_, i) => `.heat${i}{fill:color-mix(in srgb,var(--s0) ${i * 11}%,var(--noise))}`,
).join('')

const seriesRules = LIGHT.map((_, i) => `.s${i}{--c:var(--s${i})}`).join('')

export const STYLE = new Html(`
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:1rem;max-width:78rem;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI","Noto Sans","Liberation Sans",Arial,sans-serif}
h1{font-size:1.45rem;margin:.2rem 0 .6rem}
h2{font-size:1.2rem;margin:2.2rem 0 .5rem;padding-top:.6rem;border-top:2px solid var(--ink)}
h3{font-size:1rem;margin:0 0 .2rem}
p,ul,dl{margin:.35rem 0}
h1,h2,h3,p,li,dd,code,summary{overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
nav ul,.findings{padding-left:1.2rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.1rem .9rem}
dt{color:var(--soft)}
dd{margin:0}
code{font:13px/1.4 ui-monospace,"DejaVu Sans Mono",monospace}
.choice{border:1px solid var(--rule);padding:.2rem .7rem .4rem;margin:.6rem 0 0}
.choice label{display:inline-block;margin-right:1rem}
.warning{color:var(--bad)}
figure{margin:1.6rem 0 0;padding:0}
figcaption{max-width:44rem}
.legend,.small{color:var(--soft);font-size:13px}
.picture{margin:.4rem 0}
.narrow{display:none}
.asked{color:var(--soft);margin:0 0 .3rem}
.answers{display:block;border-left:3px solid var(--link);padding-left:.8rem;margin:.6rem 0}
.answers dt a{font-weight:600}
.answers dd{margin:0 0 .45rem}
.moves{timeline-scope:--moves}
.movable{overflow-x:auto;max-width:100%;scroll-timeline:--moves inline;background:linear-gradient(to right,var(--paper) 30%,transparent) 0 0/2.5rem 100% no-repeat local,linear-gradient(to left,var(--paper) 30%,transparent) 100% 0/2.5rem 100% no-repeat local,linear-gradient(to right,var(--edge),transparent) 0 0/.8rem 100% no-repeat scroll,linear-gradient(to left,var(--edge),transparent) 100% 0/.8rem 100% no-repeat scroll}
.further{visibility:hidden;max-height:0;margin:.1rem 0 0;color:var(--soft);font-size:13px}
@supports (animation-timeline:--moves){.further{animation:further linear both;animation-timeline:--moves}}
@keyframes further{from,98%{visibility:visible;max-height:3rem}to{visibility:hidden;max-height:3rem}}
.heat th:first-child{position:sticky;left:0;background:var(--paper)}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:.1rem .55rem;text-align:left;white-space:nowrap;border-bottom:1px solid var(--rule);font-weight:400}
thead th{color:var(--soft);vertical-align:bottom;border-bottom:1px solid var(--ink)}
.n{text-align:right}
.good{color:var(--good)}.bad{color:var(--bad)}.none{color:var(--soft)}
${shades}
details{margin:.3rem 0}
summary{cursor:pointer;color:var(--soft);font-size:13px}
svg{display:block;max-width:100%;overflow:visible}
svg text{font:12px system-ui,-apple-system,"Segoe UI","Noto Sans","Liberation Sans",Arial,sans-serif;fill:var(--ink);font-variant-numeric:tabular-nums}
svg text.tick,svg text.axis,svg text.group{fill:var(--soft)}
svg text.strong{font-weight:700}
${seriesRules}
.off{--c:var(--soft)}
.grid{stroke:var(--grid)}
.one{stroke:var(--soft)}
.noise{fill:var(--noise)}
.line{fill:none;stroke:var(--c);stroke-width:1.6;stroke-linejoin:round}
.line.off,.line.dashed{stroke-dasharray:5 3}
.lead{fill:none;stroke:var(--c);stroke-width:1.6}
.point{fill:var(--c)}
.mark{fill:var(--c);stroke:var(--c);stroke-width:1.4}
.mark.hollow{fill:var(--paper)}
.whisker{stroke:var(--c);stroke-width:1.4;fill:none}
.stroke{stroke:var(--c);stroke-width:2;fill:none}
.span{fill:var(--c);opacity:.35}
.span.open{opacity:.18}
path.truth{stroke:var(--ink);stroke-width:1.4}
rect.truth{fill:var(--ink);opacity:.55}
.use{fill:var(--use)}.least{fill:var(--least)}.band{fill:var(--c);opacity:.14}.peak{fill:none;stroke:var(--ink);stroke-width:1.2;stroke-dasharray:3 2}
${heats}
.part{stroke:var(--paper);stroke-width:.5}
.tracker{fill:var(--tracker)}.lockWait{fill:var(--lockWait)}.search{fill:var(--search)}.release{fill:var(--release)}.copy{fill:var(--copy)}.other{fill:var(--other)}
.keys{display:flex;flex-wrap:wrap;gap:.1rem .9rem;font-size:13px;margin:.2rem 0}
.key svg{display:inline;vertical-align:-1px}
@media (max-width:799px){.narrow{display:block}.wide{display:none}dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:.3rem}}
@media (max-width:499px){body{padding:.6rem}.heat{font-size:12px}.heat th,.heat td{padding:.1rem .2rem}.heat th:first-child{white-space:normal;min-width:4.2rem}}
@media (min-width:1120px){figure{display:grid;grid-template-columns:740px minmax(0,1fr);column-gap:2rem}figure h3,figure details{grid-column:1/-1}.picture{grid-column:1;grid-row:2}figcaption{grid-column:2;grid-row:2}.picture:has(.movable){grid-column:1}figure:has(.broad){display:block}}
@media print{:root{color-scheme:light;${light}}body{padding:0;max-width:none;font-size:10pt}.narrow{display:none}.wide{display:block}figure,tr{break-inside:avoid}h2,h3{break-after:avoid}nav,.choice,.further,details:not([open],.told){display:none}.told::details-content{content-visibility:visible}.movable{overflow:visible}.h0,.h1,.h2,.h3,.h4,.h5,.h6,.h7,.h8,.h9,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}a{color:inherit}}
`)
