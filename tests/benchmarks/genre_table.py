"""The table of genre words in ``docs/genres.md``: what people type, and the style as which it is planned.

``python -m tests.benchmarks.genre_table`` writes it again. Each word is read in a sentence of its language,
and the style is that of the plan's frame; the words are in ``tests/data/genres/words.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from structure.base.datafiles import read_yaml
from structure.description.reading import read_wishes
from structure.planning.brief import read_brief
from structure.presets.families import style_families
from structure.specs.spec import SongSpec

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "genres.md"
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French"}

SENTENCES = {
    "en": "a {} track, two minutes",
    "de": "bitte ein Stück, {}, zwei Minuten lang",
    "es": "una pieza de {}, dos minutos, por favor",
    "fr": "un morceau de {}, deux minutes",
}
"""How somebody asks for a song of a genre."""

TABLE = ("| word | planned as | German | Spanish | French |", "|---|---|---|---|---|")

HEAD = """\
# Genre words, and what each is planned as

`description: "{sentence}"` and the like are planned in these styles, which
`ritornello styles --show STYLE` explains. German, Spanish and French words stand where they are not the
English ones, which are read as well. Other words, some six hundred, are in `structure/data/genres.yaml`.
`python -m tests.benchmarks.genre_table` writes this page.
"""


def genre_rows() -> list[dict[str, str]]:
    """The words, as they are written in the tests' data."""
    text = (ROOT / "tests" / "data" / "genres" / "words.yaml").read_text("utf-8")
    return [{key: str(value) for key, value in row.items()} for row in read_yaml(text)]


def planned_style(word: str, language: str) -> str:
    """Return the style as which a song of a genre word is planned."""
    sentence = SENTENCES[language].format(word)
    return read_brief(SongSpec(description=sentence), read_wishes(sentence), 0).style.name


def page(rows: list[dict[str, str]], styles: Mapping[str, str]) -> str:
    """The page, with a table for each family; ``styles`` is what each English word is planned as."""
    lines = [HEAD.format(sentence=SENTENCES["en"].format("tango"))]
    for family, names in style_families().items():
        lines += [
            f"## {family}",
            "",
            "| word | planned as | German | Spanish | French |",
            "|---|---|---|---|---|",
        ]
        for row in rows:
            if styles[row["en"]] in names:
                others = " | ".join(row.get(language, "") for language in ("de", "es", "fr"))
                lines.append(f"| {row['en']} | {styles[row['en']]} | {others} |".replace("|  ", "| "))
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    rows = genre_rows()
    PAGE.write_text(page(rows, {row["en"]: planned_style(row["en"], "en") for row in rows}), "utf-8")


if __name__ == "__main__":
    main()
