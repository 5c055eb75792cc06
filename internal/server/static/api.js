// Shows the operations of the API and sends requests by hand.
'use strict';

(async () => {
  const root = document.getElementById('ops'), say = root.dataset;
  const api = await (await fetch('/api/v1/openapi.json')).json();
  const el = (name, props, ...kids) => { const e = Object.assign(document.createElement(name), props); e.append(...kids); return e; };
  const resolve = (s) => s && s.$ref ? resolve(s.$ref.slice(2).split('/').reduce((o, k) => o[k], api)) : s || {};
  const first = (t) => Array.isArray(t) ? t.find((x) => x !== 'null') : t;

  // sample builds an example of a schema.
  const sample = (schema, depth = 0) => {
    const s = resolve(schema);
    if (s.examples && s.examples.length) return s.examples[0];
    if (s.enum) return s.enum[0];
    switch (first(s.type)) {
      case 'object': {
        const out = {};
        for (const [k, v] of Object.entries(s.properties || {})) {
          if (k !== '$schema' && depth < 3 && (s.required || []).includes(k)) out[k] = sample(v, depth + 1);
        }
        return out;
      }
      case 'array': return depth < 3 ? [sample(s.items, depth + 1)] : [];
      case 'integer': case 'number': return 1;
      case 'boolean': return false;
    }
    return '';
  };

  const operation = (path, verb, op) => {
    const fields = [], id = op.operationId;
    const field = (p) => {
      const input = el('input', { id: id + '-' + p.name, placeholder: p.description || '' });
      fields.push([p, input]);
      return [el('label', { htmlFor: input.id, textContent: p.name + (p.required ? ' *' : '') }), input];
    };
    const form = el('form', {}, ...(op.parameters || []).flatMap(field));
    const kinds = op.requestBody ? op.requestBody.content : {};
    let body = null, file = null;
    if (kinds['multipart/form-data']) {
      file = el('input', { type: 'file', id: id + '-file' });
      form.append(el('label', { htmlFor: file.id, textContent: 'file' }), file);
    } else if (kinds['application/json']) {
      body = el('textarea', { id: id + '-body', rows: 6, value: JSON.stringify(sample(kinds['application/json'].schema), null, 2) });
      form.append(el('label', { htmlFor: body.id, textContent: say.body }), body);
    }
    const out = el('pre', { tabIndex: 0, hidden: true, ariaLabel: say.answer });
    form.append(el('button', { className: 'primary', textContent: say.send }));
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      const headers = {}, query = new URLSearchParams(), token = document.getElementById('token').value;
      let to = path;
      if (token) headers.Authorization = 'Bearer ' + token;
      for (const [p, input] of fields) {
        if (!input.value) continue;
        if (p.in === 'path') to = to.replace('{' + p.name + '}', encodeURIComponent(input.value));
        else if (p.in === 'header') headers[p.name] = input.value;
        else query.set(p.name, input.value);
      }
      let data;
      if (file) { data = new FormData(); for (const f of file.files) data.append('file', f); }
      if (body) { data = body.value; headers['Content-Type'] = 'application/json'; }
      const r = await fetch(to + (query.size ? '?' + query : ''), { method: verb.toUpperCase(), headers, body: data });
      const answer = await r.text();
      let shown = answer;
      try { shown = JSON.stringify(JSON.parse(answer), null, 2); } catch { /* not JSON: as it is */ }
      out.hidden = false;
      out.textContent = r.status + ' ' + r.statusText + '\n' + shown.slice(0, 20000);
    });
    const box = el('details', { className: 'op' },
      el('summary', {}, el('span', { className: 'verb', textContent: verb.toUpperCase() }), el('code', { textContent: path }), el('span', { className: 'dim', textContent: op.summary || '' })),
      el('p', { className: 'dim', textContent: op.description || '' }), form, out);
    box.dataset.words = (verb + ' ' + path + ' ' + (op.summary || '')).toLowerCase();
    return box;
  };

  const groups = {};
  for (const [path, item] of Object.entries(api.paths)) {
    for (const [verb, op] of Object.entries(item)) {
      const tag = (op.tags || ['other'])[0];
      (groups[tag] ||= el('section', { className: 'card' }, el('h2', { textContent: tag }))).append(operation(path, verb, op));
    }
  }
  root.replaceChildren(...Object.values(groups));
  document.getElementById('find').addEventListener('input', (e) => {
    for (const op of root.querySelectorAll('.op')) op.hidden = !op.dataset.words.includes(e.target.value.toLowerCase());
  });
})();
