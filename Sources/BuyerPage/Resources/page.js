// Keeps the page true to the sale while somebody looks. Without it the page works by forms and refreshes. It begins
// once the page is drawn.
'use strict';
requestAnimationFrame(() => setTimeout(() => {
  const one = (query) => document.querySelector(query);
  const all = (query) => document.querySelectorAll(query);
  const page = () => one('#page').dataset;
  const words = document.body.dataset;
  const language = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(language);
  const times = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const put = (query, text) => { const e = one(query); if (e && e.textContent !== text) e.textContent = text; };
  const set = (query, name, value) => one(query)?.setAttribute(name, value);
  const soon = (most) => Math.random() * most;

  // The server's clock, as the monotonic clock goes on from it. The fastest answer knows it best.
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
    x.onload = () => (x.response?.querySelector('#page') ? done(x) : fail());
    x.onerror = x.ontimeout = fail;
    x.send(body);
  });
  const show = (x, acted) => {
    const focus = document.activeElement?.id;
    document.title = x.response.title;
    one('#page').replaceWith(document.adoptNode(x.response.querySelector('#page')));
    begin();
    lost(false);
    const next = acted ? one('#notice') || one('h1') : focus && one('#' + focus);
    if (next) next.focus({ preventScroll: !acted });
  };
  let busy = false, looking = null, due = 0;
  const refresh = () => {
    if (busy || looking || document.hidden) return;
    // An act overtakes a look.
    const look = looking = {}, end = (task) => (x) => { if (look === looking) { looking = null; task(x); } };
    load('GET', page().here).then(end(show), end(again));
  };
  const later = (ms) => { clearTimeout(due); due = setTimeout(refresh, ms); };
  const lost = (is) => { one('#lost').hidden = !is; };
  const again = () => { lost(true); later(3000 + soon(3000)); };

  addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    looking = null;
    const { target: form, submitter } = event;
    submitter.setAttribute('aria-busy', 'true');
    load('POST', form.action, new URLSearchParams(new FormData(form, submitter))).then((x) => {
      busy = false;
      const { pathname } = new URL(x.responseURL);
      show(x, true);
      if (pathname.startsWith('/receipt/')) history.pushState(null, '', pathname);
      else history.replaceState(null, '', page().here);
    }, () => {
      // The same form may be sent again: its key lets it count once.
      busy = false;
      submitter.removeAttribute('aria-busy');
      again();
    });
  });
  addEventListener('popstate', () => location.reload());

  // One stream while somebody looks: a browser has few connections. Where none comes through, the page is loaded anew.
  let stream = null, of = '', told = false, trouble = 0;
  const calm = () => { clearTimeout(trouble); trouble = 0; };
  const worry = (ms) => { trouble ||= setTimeout(() => { trouble = 0; refresh(); }, ms + soon(ms)); };
  const close = () => { calm(); stream?.close(); stream = null; };
  const listen = () => {
    const sale = page().live;
    if (!sale || document.hidden) return close();
    if (told && of === sale && stream?.readyState < 2) return;
    close();
    [of, told] = [sale, false];
    stream = new EventSource('/sales/' + sale + '/events');
    stream.onopen = () => { if (told) calm(); };
    stream.onerror = () => worry(4000);
    worry(6000);
    stream.addEventListener('state', (event) => { if (!told) calm(); told = true; state(JSON.parse(event.data)); });
    stream.addEventListener('items', (event) => items(JSON.parse(event.data)));
    stream.addEventListener('reset', () => later(soon(2000)));
  };
  let sold = 0;
  const state = (it) => {
    heard(Date.parse(it.now));
    const sum = it.free + it.held + it.sold || 1, percent = (n) => (100 * n) / sum + '%';
    for (const name of ['free', 'held', 'sold']) put('#' + name, numbers.format(it[name]));
    set('#bar-free', 'width', percent(it.free));
    set('#bar-held', 'x', percent(it.free));
    set('#bar-held', 'width', percent(it.held));
    if (it.phase + '.' + it.ended_at !== page().phase) later(100 + soon(900));
    // No event says which of the units in carts were sold.
    if (it.sold > sold && one('.none')) worry(10000);
    sold = it.sold;
    move(it);
  };
  const items = (changed) => {
    for (const id in changed) {
      const card = one('#' + id);
      if (!card) continue;
      const n = changed[id];
      card.className = n > 2 ? '' : n ? 'few' : 'none';
      card.querySelector('.left').textContent = n ? words.left.replace('%', numbers.format(n)) : words.held;
      const button = card.querySelector('button');
      if (button) button.disabled = !n || button.hasAttribute('data-mine');
    }
  };

  // The line: the same few bytes for everybody, and the difference is ours to make. The stream tells it, or we ask. All
  // get their numbers in one moment, and load the page in several.
  let asking = 0, asked = 0, turned = false;
  const move = (it) => {
    const line = one('#line'), number = line && +line.dataset.number;
    if (!line || turned || it.called === undefined) return;
    if (number ? number <= it.called : it.called || (it.draw && it.draw.n)) {
      turned = true;
      later(soon(number ? 500 : line.dataset.poll));
    } else if (number) {
      put('#called', numbers.format(it.called));
      put('#ahead', numbers.format(Math.max(0, number - it.called - 1)));
      set('#passed', 'width', (100 * it.called) / number + '%');
    }
  };
  const ask = () => {
    clearTimeout(asking);
    const line = one('#line');
    if (!line || document.hidden) return;
    asking = setTimeout(async () => {
      if (++asked % 8 === 0) return refresh();
      try {
        if (stream?.readyState !== 1) {
          const it = await (await fetch('/sales/' + page().live + '/queue')).json();
          line.dataset.poll = it.poll_after_ms;
          move(it);
          lost(false);
        }
      } catch { lost(true); }
      ask();
    }, line.dataset.poll * (0.75 + soon(0.5)));
  };

  const begin = () => {
    former = new WeakMap();
    turned = false;
    heard(+page().now);
    for (const e of all('time[datetime]')) e.textContent = times.format(new Date(e.dateTime));
    for (const e of all('.cart [data-item]')) {
      const button = one('#b-' + e.dataset.item);
      if (!button) continue;
      button.textContent = words.mine;
      button.setAttribute('data-mine', '');
      button.removeAttribute('aria-label');
      button.disabled = true;
    }
    tick();
    listen();
    ask();
    if (page().poll) later(page().poll * (1000 + soon(500)));
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close(); else refresh();
  });
  setInterval(tick, 250);
  begin();
}));
