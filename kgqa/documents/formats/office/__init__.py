"""Office documents: zip files with XML inside."""
