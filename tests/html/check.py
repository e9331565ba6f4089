"""The pages of reports and profiles in headless Chromium: check.py HTML_PAGES [UNITTEST ARGUMENTS]. Exit code 77: no Chromium."""
import base64
import csv
import hashlib
import http.server
import io
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.etree.ElementTree

import browser

REPORTS = ("empty", "absent", "day", "post", "short", "year", "hostile")
PROFILES = ("profile-empty", "profile-copies", "profile-shared", "profile-several", "profile-whole", "profile-hostile")
PAGES = REPORTS + PROFILES
WITH_CHARTS = REPORTS[2:] + PROFILES[1:]
CONTRASTING = ("absent", "post", "hostile", "profile-several", "profile-hostile")  # all there is in colours
LARGEST = {"year": 1_000_000, "profile-shared": 300_000, "profile-many": 4_000_000}  # bytes
STRICT = "default-src 'none'"

# Shapes that are seen: those of charts that are shown, without the columns that only tell a day's figures.
SHAPES = """[...document.querySelectorAll('svg')].filter((svg) => getComputedStyle(svg).display !== 'none')
  .flatMap((svg) => [...svg.querySelectorAll('rect, path, circle, line, text')])
  .filter((shape) => !shape.closest('.hover')).map((shape) => {
    const box = shape.getBoundingClientRect(), style = getComputedStyle(shape);
    return {name: shape.localName, width: box.width, height: box.height, fill: style.fill, stroke: style.stroke};
  })"""

# Every text with its contrast against what it stands on (WCAG 2.1, relative luminance).
CONTRASTS = """(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => numbers(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const grounds = new Map([[null, 'rgb(255, 255, 255)']]);
  const ground = (e) => {
    if (!grounds.has(e)) {
      const colour = getComputedStyle(e).backgroundColor;
      grounds.set(e, /, 0\\)$/.test(colour) ? ground(e.parentElement) : colour);
    }
    return grounds.get(e);
  };
  const found = {};
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility() || e.closest('script, title, desc')) continue;
    if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    const own = e.closest('svg') ? getComputedStyle(e).fill : getComputedStyle(e).color, on = ground(e);
    if (found[`${own} on ${on}`]) continue;
    const [a, b] = [light(own), light(on)].sort((x, y) => y - x);
    found[`${own} on ${on}`] = (a + .05) / (b + .05);
  }
  return found;
})()"""

OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"

# Charts that should not show or should, whose letters are too small, or whose words leave them.
MISFITS = """[...document.querySelectorAll('svg')].flatMap((svg) => {
  const shown = svg.checkVisibility(), box = svg.getBoundingClientRect(), id = svg.getAttribute('aria-labelledby');
  if (shown !== svg.classList.contains('%s')) return [`${id} ${shown ? 'shows' : 'is hidden'}`];
  if (!shown) return [];
  if (13 * box.width / svg.viewBox.baseVal.width < 9) return [`${id} is too small`];
  return [...svg.querySelectorAll('text')].filter((text) => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 3 || own.right > box.right + 3 || own.bottom > box.bottom + 1;
  }).map((text) => `${id}: ${text.textContent}`);
})"""

CATCH_COPIES = """Object.defineProperty(navigator, 'clipboard',
  {value: {writeText: async (text) => { window.copied = text; }}});"""


def table(caption):
    return f"[...document.querySelectorAll('table')].find((t) => t.caption.textContent === {caption!r})"


def column(caption, number):
    return f"[...{table(caption)}.tBodies[0].rows].filter((r) => !r.hidden).map((r) => r.cells[{number}].textContent)"


def counts(texts):
    return [int(text.replace(",", "")) for text in texts]


class Strict(http.server.SimpleHTTPRequestHandler):
    """Serves the pages as a server that allows nothing."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", STRICT)
        super().end_headers()

    def log_message(self, *_):
        pass


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.TemporaryDirectory(prefix="pingsieve-pages-")
        cls.addClassCleanup(cls.dir.cleanup)
        subprocess.run([PROGRAM, cls.dir.name], check=True, timeout=60)
        cls.text = {}
        for name in PAGES + ("profile-many",):
            with open(os.path.join(cls.dir.name, name + ".html"), encoding="utf-8", newline="") as file:
                cls.text[name] = file.read()
        cls.browser = browser.Browser(CHROMIUM)
        cls.addClassCleanup(cls.browser.close)

    def address(self, name):
        return f"file://{self.dir.name}/{name}.html"

    def open(self, name, **options):
        page = self.browser.page(options.pop("url", None) or self.address(name), **options)
        self.addCleanup(page.close)
        return page

    # ---- the text itself ----

    def test_policy_names_style_and_script(self):
        for name, text in self.text.items():
            with self.subTest(name):
                policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
                self.assertTrue(policy.startswith("default-src 'none'; "), policy)
                for tag in ("style", "script"):
                    inline = re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)[1]
                    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
                    self.assertIn(f"{tag}-src 'sha256-{digest}'", policy)

    def test_charts_are_sound_markup(self):
        for name in WITH_CHARTS:
            with self.subTest(name):
                charts = re.findall(r"<svg .*?</svg>", self.text[name], re.S)
                self.assertGreaterEqual(len(charts), 8)
                for chart in charts:
                    root = xml.etree.ElementTree.fromstring(chart)
                    for part in ("title", "desc"):
                        self.assertTrue(root.find(part).text.strip())
                        self.assertIn(root.find(part).get("id"), root.get("aria-labelledby").split())
                ids = re.findall(r' id="([^"]*)"', self.text[name])
                self.assertEqual(len(ids), len(set(ids)))
                self.assertNotRegex(self.text[name], r"\b(nan|inf)\b")

    def test_size(self):
        for name, largest in LARGEST.items():
            self.assertLess(len(self.text[name].encode()), largest, name)

    def test_many_clients_are_bounded(self):
        text = self.text["profile-many"]
        self.assertEqual(len(re.findall("<article ", text)), 20)
        self.assertEqual(len(re.findall('<a href="#client-', text)), 20)
        overview = re.search("<caption>Clients</caption>.*?</table>", text, re.S)[0]
        self.assertEqual(len(re.findall("<tr>", overview)), 1 + 256)
        self.assertIn("The first 20 of them are told in full below", text)
        self.assertIn("The table has the first 100 of 5,000 values", text)

    # ---- quiet, closed, whole, legible on every screen ----

    def test_each_page(self):
        page = None
        for name in PAGES:
            with self.subTest(name):
                if not page:
                    page = self.open(name)
                else:
                    page.go(self.address(name))
                page.value(OPEN_ALL)
                self.check_silent_closed_and_named(name, page)
                self.check_fits_screens(page)
                if name in CONTRASTING:
                    self.check_contrast(page)

    def check_silent_closed_and_named(self, name, page):
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.requests(), [page.url])
        self.assertTrue(page.value("""[...document.querySelectorAll('table')].every((t) =>
            t.caption.textContent && [...t.tHead.rows[0].cells].every((c) => c.scope === 'col' && c.textContent) &&
            [...t.tBodies[0].rows].every((r) => r.cells.length === t.tHead.rows[0].cells.length))"""))
        self.assertTrue(page.value("""[...document.querySelectorAll('figure')].every((f) =>
            f.querySelector('figcaption') && f.querySelector('svg') && f.querySelector('details table'))"""))
        self.assertEqual(page.value("document.querySelectorAll('table').length > 5"), name in WITH_CHARTS)
        self.assertEqual(page.value("""[...document.querySelectorAll('a')].filter((a) =>
            !document.getElementById(a.getAttribute('href').slice(1))).length"""), 0)

    def check_fits_screens(self, page):
        for width in (390, 768, 1280):
            with self.subTest(page.url, width=width):
                page.resize(width)
                self.assertEqual(page.value(MISFITS % ("narrow" if width <= 800 else "wide")), [])
                self.assertLessEqual(page.value("document.documentElement.scrollWidth"), width)

    def check_contrast(self, page):
        for dark in (True, False):
            page.scheme(dark)
            contrasts = page.value(CONTRASTS)
            self.assertGreaterEqual(len(contrasts), 3)
            self.assertEqual({k: v for k, v in contrasts.items() if v < 4.5}, {})

    # ---- where less is allowed ----

    def test_without_script(self):
        page = self.open("post", script=False)
        self.assertEqual(page.value("document.querySelectorAll('button, input').length"), 0)
        self.assertTrue(page.value("document.querySelector('details table').rows.length > 10"))
        page.click("document.querySelector('summary')")
        page.until("document.querySelector('details').open")
        self.assertEqual(page.complaints(), [])

    def test_under_a_strict_policy(self):
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *args: Strict(*args, directory=self.dir.name))
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            free_page = page = None
            for name in ("day", "post", "hostile", "profile-several", "profile-hostile"):
                with self.subTest(name):
                    url = f"http://127.0.0.1:{server.server_port}/{name}.html"
                    if not page:
                        free_page, page = self.open(name), self.open(name, url=url, dark=True)
                    else:
                        free_page.go(self.address(name))
                        page.go(url)
                    free = free_page.value(SHAPES)
                    shapes = page.value(SHAPES)
                    self.assertEqual(len(shapes), len(free))
                    self.assertEqual(page.value(MISFITS % "wide"), [])
                    nothing = {"none", "transparent", "rgba(0, 0, 0, 0)"}
                    for shape, before in zip(shapes, free):
                        self.assertFalse({shape["fill"], shape["stroke"]} <= nothing, shape)
                        self.assertEqual((shape["fill"], shape["stroke"]), (before["fill"], before["stroke"]))
                        self.assertGreater(shape["width"] + shape["height"], 0, shape)
                    self.assertEqual(page.value("document.querySelectorAll('button').length"), 0)
                    self.assertEqual({k: v for k, v in page.value(CONTRASTS).items() if v < 4.5}, {})
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def test_hostile_texts_are_texts(self):
        page = self.open("hostile")
        self.check_hostile_texts("hostile", page, ('"><script>', "<img src=x>", "=HYPERLINK(1)", "</title><script>",
                                                   "\\x1b[31mred", "\\u202e"))
        page.go(self.address("profile-hostile"))
        self.check_hostile_texts("profile-hostile", page, ('"><script>', "<img src=x", "=1+cmd", "</title></svg>",
                                                           "\\x1b]0;owned", "\\u202e", "<b>\\x1b[1m", "<i>\\x1b[7m"))

    def check_hostile_texts(self, name, page, texts):
        self.assertEqual(page.value("document.scripts.length"), 1)
        self.assertEqual(page.value("typeof window.pwned"), "undefined")
        self.assertEqual(page.value("document.querySelectorAll('img, a, iframe, object, embed, base, form, link').length"), 0)
        self.assertEqual(page.value("""[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames())
            .filter((n) => n.startsWith('on') || n === 'style' || n.endsWith('href') || n === 'src')"""), [])
        page.value(OPEN_ALL)
        shown = page.value("document.body.innerText")
        for text in texts:
            self.assertIn(text, shown)
        self.assertNotRegex(self.text[name], "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

    # ---- the script ----

    def test_sorting(self):
        page = self.open("post")
        caption = "Pings by day"
        page.value("document.querySelector('details').open = true")
        heading = f"{table(caption)}.tHead.rows[0].cells[1]"
        before = counts(page.value(column(caption, 1)))
        page.click(f"{heading}.firstChild")
        page.until(f"{heading}.getAttribute('aria-sort') === 'descending'")
        self.assertEqual(counts(page.value(column(caption, 1))), sorted(before, reverse=True))
        page.value(f"{heading}.firstChild.focus()")
        page.press("Enter")
        page.until(f"{heading}.getAttribute('aria-sort') === 'ascending'")
        self.assertEqual(counts(page.value(column(caption, 1))), sorted(before))
        page.value(f"{table(caption)}.tHead.rows[0].cells[0].firstChild.focus()")
        page.press(" ")
        page.until(f"{table(caption)}.tHead.rows[0].cells[0].getAttribute('aria-sort') === 'ascending'")
        self.assertEqual(counts(page.value(column(caption, 1))), before)
        self.assertFalse(page.value(f"{heading}.hasAttribute('aria-sort')"))
        shares = f"{table(caption)}.tHead.rows[0].cells[4]"  # shown as text, sorted as numbers
        page.click(f"{shares}.firstChild")
        page.until(f"{shares}.getAttribute('aria-sort') === 'descending'")
        self.assertEqual(page.value(column(caption, 0))[0], "2017-03-12")

    def test_filter(self):
        page = self.open("year")
        caption = "Pings by day"
        page.value("document.querySelector('details').open = true")
        page.click("document.querySelector('details input')")
        page.call("Input.insertText", text="2016-02-1")
        page.until(f"{column(caption, 0)}.length === 10")
        self.assertTrue(all(day.startswith("2016-02-1") for day in page.value(column(caption, 0))))
        self.assertEqual(page.value("document.querySelector('details [role=status]').textContent"), "10 of 399")

    def test_copy_as_csv(self):
        page = self.open("hostile", init=CATCH_COPIES)
        caption = "Pings by docType and channel"
        page.click(f"{table(caption)}.closest('.table').querySelector('.copy')")
        page.until("'copied' in window")
        text = page.value("window.copied")
        self.assertTrue(text.endswith("\r\n"))
        rows = list(csv.reader(io.StringIO(text, newline="")))
        cells = page.value(f"[...{table(caption)}.rows].map((r) => [...r.cells].map((c) => c.textContent))")
        self.assertEqual(rows[0], cells[0])
        for row, shown in zip(rows[1:], cells[1:], strict=True):
            for copied, text in zip(row[:2], shown[:2]):
                self.assertEqual(copied, "'" + text if text[0] in "=+-@" else text)
            self.assertEqual([int(n) for n in row[2:5]], counts(shown[2:5]))
            self.assertAlmostEqual(100 * float(row[5]), float(shown[5].split()[0]), delta=0.006)
        self.assertTrue(any(row[0].startswith("'=") for row in rows))
        page.until(f"{table(caption)}.closest('.table').querySelector('.copy').textContent === 'Copied'")

    def test_profile(self):
        page = self.open("profile-shared", init=CATCH_COPIES)
        differs = "[...document.querySelectorAll('.differs')].map((c) => c.textContent)"
        self.assertTrue(any(text.startswith("2400") for text in page.value(differs)))
        page.value(OPEN_ALL)
        lift = f"{table('Values of MHz')}.tHead.rows[0].cells[8]"
        self.assertEqual(page.value(f"{lift}.textContent"), "Lift, all copies")
        page.click(f"{lift}.firstChild")
        page.until(f"{lift}.getAttribute('aria-sort') === 'descending'")
        self.assertEqual(page.value(column("Values of MHz", 0)), ["3504", "5000", "1600", "2400"])
        page.click(f"{table('Values of MHz')}.closest('details').querySelector('.copy')")
        page.until("'copied' in window")
        rows = list(csv.DictReader(io.StringIO(page.value("window.copied"), newline="")))
        self.assertEqual([row["Value"] for row in rows], ["3504", "5000", "1600", "2400"])
        self.assertEqual(rows[0]["All copies"], "2796444")
        self.assertAlmostEqual(float(rows[3]["Share of seen once"]), 180033 / 312266, delta=1e-6)
        page.go(self.address("profile-several"))
        page.click("document.querySelector('a[href=\"#client-3\"]')")
        page.until("location.hash === '#client-3' && document.querySelector(':target h2').getBoundingClientRect().top < innerHeight")
        self.assertEqual(page.complaints(), [])

    def test_theme(self):
        ground = "getComputedStyle(document.body).backgroundColor"
        ink = "getComputedStyle(document.querySelector('svg text')).fill"
        page = self.open("post")
        light = page.value(ground), page.value(ink)
        page.click("document.querySelector('.theme')")
        page.until(f"{ground} !== '{light[0]}'")
        dark = page.value(ground), page.value(ink)
        page.click("document.querySelector('.theme')")
        page.until(f"{ground} === '{light[0]}'")
        page.scheme(True)
        page.until(f"{ground} === '{dark[0]}'")
        self.assertEqual(page.value(ink), dark[1])
        page.click("document.querySelector('.theme')")
        page.until(f"{ground} === '{light[0]}' && {ink} === '{light[1]}'")

    def test_print(self):
        page = self.open("post", dark=True)
        self.assertTrue(page.pdf().startswith(b"%PDF-"))
        page.value("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(page.value("document.querySelectorAll('details:not([open])').length"), 0)
        page.call("Emulation.setEmulatedMedia", media="print")
        self.assertEqual(page.value("getComputedStyle(document.body).color"), "rgb(31, 35, 40)")
        self.assertFalse(page.value("document.querySelector('.theme').checkVisibility()"))
        self.assertTrue(page.value("document.querySelector('thead button').checkVisibility()"))
        page.value("dispatchEvent(new Event('afterprint'))")
        self.assertEqual(page.value("document.querySelectorAll('details[open]').length"), 0)


if __name__ == "__main__":
    PROGRAM, CHROMIUM = os.path.abspath(sys.argv.pop(1)), browser.find()
    if not CHROMIUM:
        print("Chromium is not installed")
        sys.exit(77)
    unittest.main()
