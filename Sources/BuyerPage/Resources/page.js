// Keeps the page true to the sale while somebody looks. Without it the page works by forms and refreshes. It begins
// once the page is drawn.
'use strict';
requestAnimationFrame(() => setTimeout(() => {
  const one = (query) => document.querySelector(query);
  const all = (query) => document.querySelectorAll(query);
  const words = document.body.dataset;
  const language = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(language);
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const put = (query, text) => { const e = one(query); if (e && e.textContent !== text) e.textContent = text; };
  const soon = (most) => Math.random() * most;

  // The server's clock, as the monotonic clock goes on from it. The answer that came fastest knows it best.
  let origin = -Infinity;
  const heard = (now, at = performance.now()) => { origin = Math.max(origin, now - at); };
  const now = () => origin + performance.now();

  const clock = (ms) => {
    const s = Math.max(0, Math.ceil(ms / 1000)), two = (n) => String(n).padStart(2, '0');
    const h = Math.floor(s / 3600), rest = two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
    return h >= 24 ? Math.floor(h / 24) + ' d ' + two(h % 24) + ':' + rest : h ? h + ':' + rest : rest;
  };
  let former = new WeakMap();
  const tick = () => {
    for (const e of all('[data-until]')) {
      const left = e.dataset.until - now(), s = Math.max(0, Math.ceil(left / 1000)), was = former.get(e) ?? s + 1;
      if (was === s) continue;
      former.set(e, s);
      e.textContent = clock(left);
      for (const at of [60, 30, 10]) if (was > at && s <= at && s > at - 5) put('#say', e.dataset.say.replace('%', s));
      if (s === 0) setTimeout(refresh, 300 + soon(700));
    }
  };

  // Parses an answer without giving markup to a script: trusted types allow it.
  const load = (method, url, body) => new Promise((done, fail) => {
    const x = new XMLHttpRequest();
    x.open(method, url);
    x.responseType = 'document';
    x.timeout = 10000;
    x.onload = () => (x.response && x.response.querySelector('#page') ? done(x) : fail());
    x.onerror = x.ontimeout = fail;
    x.send(body);
  });
  const show = (x, acted) => {
    const focus = document.activeElement && document.activeElement.id;
    document.title = x.response.title;
    one('#page').replaceWith(document.adoptNode(x.response.querySelector('#page')));
    begin();
    lost(false);
    const next = acted ? one('#notice') || one('h1') : focus && document.getElementById(focus);
    if (next) next.focus({ preventScroll: !acted });
  };
  let busy = false, due = 0;
  const refresh = () => {
    if (busy || document.hidden) return;
    busy = true;
    load('GET', one('#page').dataset.here).then((x) => { busy = false; show(x); }, () => {
      busy = false;
      lost(true);
      later(3000 + soon(3000));
    });
  };
  const later = (ms) => { clearTimeout(due); due = setTimeout(refresh, ms); };
  const lost = (is) => { one('#lost').hidden = !is; };

  addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const { target: form, submitter } = event;
    submitter.setAttribute('aria-busy', 'true');
    load('POST', form.action, new URLSearchParams(new FormData(form, submitter))).then((x) => {
      busy = false;
      const { pathname } = new URL(x.responseURL);
      show(x, true);
      if (pathname.startsWith('/receipt/')) history.pushState(null, '', pathname);
      else history.replaceState(null, '', one('#page').dataset.here);
    }, () => {
      // The same form may be sent again: its key keeps it from counting twice.
      busy = false;
      submitter.removeAttribute('aria-busy');
      lost(true);
    });
  });
  addEventListener('popstate', () => location.reload());

  // One stream while somebody looks. A browser has few connections, and a hidden page needs none.
  let stream = null, of = '', trouble = 0;
  const close = () => { if (stream) stream.close(); stream = null; of = ''; };
  const listen = () => {
    const sale = one('#page').dataset.live;
    if (!sale || document.hidden) return close();
    if (stream && of === sale && stream.readyState < 2) return;
    close();
    of = sale;
    stream = new EventSource('/sales/' + sale + '/events');
    stream.onopen = () => { clearTimeout(trouble); lost(false); };
    stream.onerror = () => {
      clearTimeout(trouble);
      if (stream && stream.readyState === 2) later(4000 + soon(4000));
      trouble = setTimeout(() => lost(true), 4000);
    };
    stream.addEventListener('state', (event) => state(JSON.parse(event.data)));
    stream.addEventListener('items', (event) => items(JSON.parse(event.data)));
    stream.addEventListener('reset', () => later(soon(2000)));
  };
  const state = (it) => {
    heard(Date.parse(it.now));
    const sum = it.free + it.held + it.sold || 1, percent = (n) => (100 * n) / sum + '%';
    for (const name of ['free', 'held', 'sold']) put('#' + name, numbers.format(it[name]));
    const [free, held] = [one('#bar-free'), one('#bar-held')];
    if (free) {
      free.setAttribute('width', percent(it.free));
      held.setAttribute('x', percent(it.free));
      held.setAttribute('width', percent(it.held));
    }
    if (it.phase + '.' + it.ended_at !== one('#page').dataset.phase) later(100 + soon(900));
    move(it);
  };
  const items = (changed) => {
    for (const id in changed) {
      const card = document.getElementById(id);
      if (!card) continue;
      const n = changed[id];
      card.className = n > 2 ? '' : n ? 'few' : 'none';
      card.querySelector('.left').textContent = n ? words.left.replace('%', numbers.format(n)) : words.held;
      const button = card.querySelector('button');
      if (button) button.disabled = !n || button.hasAttribute('data-mine');
    }
  };

  // The line: the same few bytes for everybody, and the difference is ours to make. The stream tells it; without one
  // we ask. All get their numbers in one moment, so they do not all load the page in that moment.
  let asking = 0, asked = 0, turned = false;
  const move = (it) => {
    const line = one('#line'), number = line && +line.dataset.number;
    if (!line || turned || it.called === undefined) return;
    if (number ? number <= it.called : it.called || (it.draw && it.draw.n)) {
      turned = true;
      later(soon(number ? 500 : +line.dataset.poll));
    } else if (number) {
      put('#called', numbers.format(it.called));
      put('#ahead', numbers.format(Math.max(0, number - it.called - 1)));
      one('#passed').setAttribute('width', (100 * it.called) / number + '%');
    }
  };
  const ask = () => {
    clearTimeout(asking);
    const line = one('#line');
    if (!line || document.hidden) return;
    asking = setTimeout(async () => {
      if (++asked % 8 === 0) return refresh();
      try {
        if (!stream || stream.readyState !== 1) {
          const it = await (await fetch('/sales/' + one('#page').dataset.live + '/queue')).json();
          line.dataset.poll = it.poll_after_ms;
          move(it);
          lost(false);
        }
      } catch { lost(true); }
      ask();
    }, line.dataset.poll * (0.75 + soon(0.5)));
  };

  const begin = () => {
    const page = one('#page');
    former = new WeakMap();
    turned = false;
    heard(+page.dataset.now);
    for (const e of all('time[datetime]')) e.textContent = times.format(new Date(e.dateTime));
    for (const e of all('.cart [data-item]')) {
      const button = document.getElementById('b-' + e.dataset.item);
      if (!button) continue;
      button.textContent = words.mine;
      button.setAttribute('data-mine', '');
      button.removeAttribute('aria-label');
      button.disabled = true;
    }
    tick();
    listen();
    ask();
    if (+page.dataset.poll) later(page.dataset.poll * (1000 + soon(500)));
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close(); else { refresh(); listen(); ask(); }
  });
  setInterval(tick, 250);
  begin();
}));
