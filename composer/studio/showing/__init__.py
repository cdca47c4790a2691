"""What the page shows of a plan: sections and notes, chips, previews of edits."""
