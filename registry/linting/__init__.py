"""The linter: a dossier, or a branch's own spreadsheet, judged without being recorded; nothing of it is kept."""
