/* The sections of the text report, in the order they stand on the page; each begins with its
 * heading, or prints nothing when it has nothing to say. */
#ifndef REPORT_TEXT_SECTIONS_H
#define REPORT_TEXT_SECTIONS_H

#include "report/report.h"
#include "report/text_page.h"

void text_days(struct text_page *page, const struct report *report);
void text_outliers(struct text_page *page, const struct report *report);
void text_labels(struct text_page *page, const struct report *report);
void text_rankings(struct text_page *page, const struct report *report);
void text_distributions(struct text_page *page, const struct report *report);
void text_flags(struct text_page *page, const struct report *report);
void text_notes(struct text_page *page, const struct report *report);

/* 140, 2.3, 192,500: for people, in text[TEXT_RATE]. */
#define TEXT_RATE 48
char *text_rate(double rate, char text[TEXT_RATE]);

/* Prints what was composed in `words` as a paragraph, and empties it. */
void text_words(struct text_page *page, unsigned indent, unsigned hang, struct buffer *words);
/* Composes; an error sticks in the page. */
void text_say(struct text_page *page, struct buffer *words, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
