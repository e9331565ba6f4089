'use strict';
(() => {
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // The theme: the style sheet's dark part is switched on or off as a whole.
  const dark = [...document.styleSheets[0].cssRules].find((rule) =>
    rule.media && rule.media.mediaText.includes('prefers-color-scheme'));
  const preference = matchMedia('(prefers-color-scheme: dark)');
  let isDark = preference.matches;
  const theme = make('button', { type: 'button', className: 'theme' });
  const showTheme = () => {
    dark.media.mediaText = isDark ? 'screen' : 'not all';
    theme.textContent = isDark ? 'Light' : 'Dark';
    theme.title = `Change to ${isDark ? 'light' : 'dark'} colours`;
  };
  theme.addEventListener('click', () => { isDark = !isDark; showTheme(); });
  preference.addEventListener('change', () => { isDark = preference.matches; showTheme(); });
  showTheme();
  document.querySelector('header').prepend(theme);

  const value = (cell) => cell.dataset.v ?? cell.textContent.replaceAll(',', '');
  const isNumber = (heading) => heading.classList.contains('n');

  const sort = (table, heading) => {
    const body = table.tBodies[0], column = heading.cellIndex, number = isNumber(heading);
    const before = heading.getAttribute('aria-sort');
    const down = before ? before === 'ascending' : number;
    const key = (row) => (number ? Number(value(row.cells[column])) : row.cells[column].textContent);
    const rows = [...body.rows].map((row) => [key(row), row]);
    rows.sort(([a], [b]) => (number ? a - b : a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
    for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    body.append(...rows.map(([, row]) => row));
  };

  // A cell from outside must not begin a formula in a spreadsheet.
  const csvCell = (text) => {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const csv = (table) => {
    const headings = [...table.tHead.rows[0].cells];
    const lines = [headings.map((heading) => csvCell(heading.textContent))];
    for (const row of table.tBodies[0].rows)
      if (!row.hidden)
        lines.push([...row.cells].map((cell, i) =>
          (isNumber(headings[i]) ? value(cell) : csvCell(cell.textContent))));
    return lines.map((line) => `${line.join(',')}\r\n`).join('');
  };
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make('textarea', { value: text });
      document.body.append(area);
      area.select();
      const copied = document.execCommand('copy');
      area.remove();
      if (!copied) throw new Error('no clipboard');
    }
  };

  const addTools = (table) => {
    const body = table.tBodies[0], tools = make('div', { className: 'tools' });
    if (body.rows.length > 12) {
      const status = make('span', { role: 'status' });
      const filter = make('input', { type: 'search', name: 'filter', placeholder: 'Filter rows' });
      filter.setAttribute('aria-label', `Filter rows: ${table.caption.textContent}`);
      filter.addEventListener('input', () => {
        const wanted = filter.value.trim().toLowerCase();
        let shown = 0;
        for (const row of body.rows) {
          row.hidden = wanted !== '' && !row.textContent.toLowerCase().includes(wanted);
          shown += !row.hidden;
        }
        status.textContent = wanted === '' ? '' : `${shown} of ${body.rows.length}`;
      });
      tools.append(filter, status);
    }
    const button = make('button', { type: 'button', className: 'copy', textContent: 'Copy as CSV' });
    button.addEventListener('click', async () => {
      try {
        await copy(csv(table));
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Copying is not allowed here';
      }
      setTimeout(() => { button.textContent = 'Copy as CSV'; }, 2000);
    });
    tools.append(button);
    table.closest('.scroll').before(tools);
  };

  for (const table of document.querySelectorAll('table')) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = make('button', { type: 'button' }, ...heading.childNodes);
      button.addEventListener('click', () => sort(table, heading));
      heading.append(button);
    }
    addTools(table);
  }

  // Paper shows every table.
  const opened = [];
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details:not([open])')) {
      details.open = true;
      opened.push(details);
    }
  });
  addEventListener('afterprint', () => { for (const details of opened.splice(0)) details.open = false; });
})();
