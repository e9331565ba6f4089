#include "report/html_parts.h"
#include "report/render.h"

static void nothing(struct page *page, const struct report *report) {
  page_put(page, "<p class=\"nothing\">");
  if (report->any) {
    page_put(page, "No pings were counted in this range. The store has counted pings of ");
    page_day(page, report->first);
    page_put(page, " to ");
    page_day(page, report->last);
    page_put(page, ".</p>\n");
  } else if (report->unaccounted)
    page_put(page, "The store holds documentIds, but none of them was counted: they were marked "
                   "without accounts. Counting begins with the next ping of a filter.</p>\n");
  else
    page_put(page, "Nothing has been counted yet. The accounts begin with the first ping that a "
                   "filter with this store reads.</p>\n");
}

int render_html(const struct report *report, struct buffer *out, struct ps_error *err) {
  struct page page = {.out = out, .err = err};
  html_head(&page, report);
  if (report->ndays) {
    html_tiles(&page, report);
    html_stand_out(&page, report);
    page_put(&page, "<h2>Days</h2>\n");
    html_days(&page, report);
    html_measures(&page, report);
    html_clients(&page, report);
    if (report->both.n) {
      page_put(&page, "<h2>docTypes and channels</h2>\n<section>");
      html_labels_table(&page, report);
      page_put(&page, "</section>\n");
    }
    if (report->nflags) {
      page_put(&page, "<h2>Flags</h2>\n<section>");
      html_flags_table(&page, report);
      page_put(&page, "</section>\n");
    }
    html_notes(&page, report);
  } else nothing(&page, report);
  html_close(&page);
  return page.status;
}
