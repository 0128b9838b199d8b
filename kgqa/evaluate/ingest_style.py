"""How the page of an ingest looks: light and dark, from 360 pixels on."""

STYLE = """
:root { color-scheme: light dark; --text: #1c1e21; --quiet: #5c636b; --page: #fff; --line: #d9dde2;
  --raised: #f4f6f8; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6e9; --quiet: #9aa3ad; --page: #16181b;
  --line: #33383e; --raised: #1f2226; --bad: #ff8a80 } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 1.5rem auto; padding: 0 1rem;
  color: var(--text); background: var(--page); overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.6rem } h2 { margin: 2rem 0 .5rem; font-size: 1.2rem }
.when, .detail, .kind { color: var(--quiet); font-size: .875rem; font-weight: normal }
.note { border-left: 4px solid var(--line); padding-left: .8rem }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; padding: 0 }
.counts li { background: var(--raised); padding: .4rem .9rem; border-radius: .4rem }
.counts b { font-size: 1.25rem } .counts .bad b { color: var(--bad) }
.beside { display: flex; flex-wrap: wrap; gap: 0 4rem }
details { border-bottom: 1px solid var(--line); padding: .4rem 0 } summary { cursor: pointer }
ul { padding-left: 1.2rem } li { margin: .3rem 0 }
table { border-collapse: collapse } th, td { text-align: left; vertical-align: top;
  padding: .3rem .8rem .3rem 0 } thead th { color: var(--quiet); font-size: .875rem }
tbody tr { border-top: 1px solid var(--line) }
.found { width: 100% } .found tbody th { font-weight: normal }
.found td, .found thead th + th, .few td:last-child, .few th:last-child { text-align: right;
  font-variant-numeric: tabular-nums; overflow-wrap: normal; padding-right: 0;
  padding-left: .8rem } .found td, .few td:last-child { white-space: nowrap }
@media (max-width: 40rem) {
  .found thead { display: none } .found, .found tbody { display: block }
  .found tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .5rem 0 }
  .found tbody th { flex: 1 0 100%; padding: 0 } .found td { padding: 0 }
  .found td::after { content: " " attr(data-head); color: var(--quiet) } }
"""
