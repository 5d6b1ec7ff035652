"""PDF: the runs of a page, their order, its form, its letters, the outline, broken words."""
