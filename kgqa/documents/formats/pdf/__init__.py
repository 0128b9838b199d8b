"""PDF: characters to lines and columns, paragraphs, headings, tables and footnotes."""
