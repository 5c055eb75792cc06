// What pages do beyond forms and links. Everything works without it, but for
// the live view of a run.
'use strict';

const find = (id) => document.getElementById(id);

// Files that are dropped, and what was chosen.
const drop = find('drop');
if (drop) {
  const files = find('files'), hint = find('drop-hint');
  const say = () => { if (files.files.length) hint.textContent = [...files.files].map((f) => f.name).join('、'); };
  files.addEventListener('change', say);
  for (const name of ['dragover', 'dragleave', 'drop']) {
    drop.addEventListener(name, (e) => { e.preventDefault(); drop.classList.toggle('over', name === 'dragover'); });
  }
  drop.addEventListener('drop', (e) => { files.files = e.dataTransfer.files; say(); });
  find('check-form').addEventListener('submit', () => { find('busy').hidden = false; find('go').disabled = true; });
  window.addEventListener('pageshow', () => { find('busy').hidden = true; find('go').disabled = false; });
}

// The verdict is what whoever sent a text wants to read next.
const outcome = find('outcome');
if (outcome && outcome.querySelector('.banner')) {
  outcome.scrollIntoView({ block: 'start' });
  outcome.focus({ preventScroll: true });
}

// "Show in the text" selects the line in the draft above.
const text = find('text');
for (const b of document.querySelectorAll('.goto')) {
  if (!text || !outcome || !text.value) break;
  b.hidden = false;
  b.addEventListener('click', () => {
    const lines = text.value.split('\n'), n = Math.min(Number(b.dataset.line), lines.length);
    const from = lines.slice(0, n - 1).reduce((sum, l) => sum + l.length + 1, 0);
    text.focus();
    text.setSelectionRange(from, from + lines[n - 1].length);
    text.scrollTop = text.scrollHeight * (n - 1) / lines.length - text.clientHeight / 3;
    text.scrollIntoView({ block: 'center' });
  });
}

// Picking all, and how many are picked.
const all = find('all');
if (all) {
  const boxes = [...document.querySelectorAll('#bulk input[name=id]')];
  const count = () => {
    const n = boxes.filter((b) => b.checked).length;
    find('picked').textContent = n ? '(' + n + ')' : '';
    all.checked = n === boxes.length;
    all.indeterminate = n > 0 && n < boxes.length;
  };
  all.addEventListener('change', () => { for (const b of boxes) b.checked = all.checked; count(); });
  for (const b of boxes) b.addEventListener('change', count);
}

const print = find('print');
if (print) print.addEventListener('click', () => window.print());

// A run that is under way.
const live = find('live');
if (live && window.EventSource) {
  const events = new EventSource(live.dataset.events);
  events.addEventListener('progress', async () => {
    const r = await fetch(live.dataset.src);
    if (r.ok) live.innerHTML = await r.text(); // our own page, escaped by the server
  });
  events.addEventListener('end', () => { events.close(); location.reload(); });
}
