// Draws a board anew while somebody looks, and counts its clock down. Without it pages refresh themselves, or by hand.
'use strict';
(() => {
  const one = (query) => document.querySelector(query);
  const all = (query) => document.querySelectorAll(query);
  const [times, moments] = ['short', 'medium'].map((timeStyle) =>
    new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle }));

  // The server's clock, as the monotonic clock goes on from it.
  let origin = -Infinity;
  const now = () => origin + performance.now();
  const clock = (ms) => {
    const s = Math.max(0, Math.ceil(ms / 1000)), two = (n) => String(n).padStart(2, '0');
    const h = Math.floor(s / 3600), rest = two(Math.floor(s / 60) % 60) + ':' + two(s % 60);
    return h >= 24 ? Math.floor(h / 24) + ' d ' + two(h % 24) + ':' + rest : h ? h + ':' + rest : rest;
  };
  const tick = () => { for (const e of all('[data-until]')) e.textContent = clock(e.dataset.until - now()); };

  const begin = () => {
    const page = one('#page');
    origin = Math.max(origin, page.dataset.now - performance.now());
    for (const e of all('time[datetime]')) e.textContent = ('seconds' in e.dataset ? moments : times).format(new Date(e.dateTime));
    tick();
    later();
  };

  // Parses an answer without giving markup to a script: trusted types allow it.
  const refresh = () => {
    if (document.hidden) return;
    const x = new XMLHttpRequest();
    x.open('GET', one('#page').dataset.here);
    x.responseType = 'document';
    x.timeout = 10000;
    x.onload = () => {
      const fresh = x.response && x.response.querySelector('#page');
      if (!fresh) return lost();
      const focus = document.activeElement && document.activeElement.id;
      document.title = x.response.title;
      show(document.adoptNode(fresh));
      one('#lost').hidden = true;
      begin();
      const next = focus && document.getElementById(focus);
      if (next) next.focus({ preventScroll: true });
    };
    x.onerror = x.ontimeout = () => lost();
    x.send();
  };
  // What an act was answered stays where it is: it would be gone before it is read, or read aloud again and again.
  const show = (fresh) => {
    const page = one('#page'), notice = one('#notice');
    if (!notice || fresh.querySelector('#notice') || fresh.dataset.here !== page.dataset.here) return page.replaceWith(fresh);
    while (notice.nextSibling) notice.nextSibling.remove();
    notice.after(...fresh.querySelector('main').childNodes);
    Object.assign(page.dataset, fresh.dataset);
  };
  let due = 0;
  const later = () => {
    clearTimeout(due);
    const seconds = +one('#page').dataset.poll;
    if (seconds) due = setTimeout(refresh, seconds * 1000);
  };
  const lost = () => { one('#lost').hidden = false; later(); };

  // A form is sent once, however often its button is pressed.
  addEventListener('submit', (event) => {
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => { for (const e of all('[data-sent]')) delete e.dataset.sent; });
  document.addEventListener('visibilitychange', () => { if (document.hidden) clearTimeout(due); else if (+one('#page').dataset.poll) refresh(); });
  setInterval(tick, 250);
  begin();
})();
