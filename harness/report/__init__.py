"""Certificates as something to read: one page, Markdown for a pull request, or a badge.

`columns` puts certificates beside each other; what is said of them is computed from their results, without
markup (`matrix`, `sentence`, `figures`, `remainder`); `page`, `markdown` and `badge` write it down.
"""
