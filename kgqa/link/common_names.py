"""Names of persons that many people bear, so that the name alone says little.

Given names and surnames from the top of the United States census lists (public domain),
with a few that lead in other countries; folded as `name_key` folds.
"""

from __future__ import annotations

_GIVEN_TEXT = """
aaron adam alan albert alex alexander alice amy andrea andrew angela ann anna anne anthony
arthur barbara ben benjamin betty bill billy bob bobby brandon brenda brian bruce bryan carl
carlos carol carolyn catherine charles charlie chris christian christina christine christopher
craig cynthia dan daniel dave david deborah debra dennis diana diane don donald donna dorothy
douglas ed eddie edward elizabeth emily emma eric eugene evelyn frances francis francisco frank
fred frederick gary george gerald gloria grace greg gregory hannah harold harry heather helen
henry howard hugh ian jack jacob james jane janet janice jason jean jeff jeffrey jennifer
jeremy jerry jessica jim jimmy joan joe joel john johnny jon jonathan jordan jose joseph joshua
joyce juan judith judy julia julie justin karen kate katherine kathleen keith kelly ken kenneth
kevin kim kyle larry laura lawrence lee leonard lewis linda lisa louis louise luis luke
margaret maria marie marilyn mark martha martin mary matt matthew max megan melissa michael
michelle miguel mike nancy nathan nicholas nick nicole nigel oliver olivia pamela patricia
patrick paul pedro peter phil philip phillip rachel ralph raymond rebecca richard rick robert
robin rod roger ron ronald rose roy russell ruth ryan sam samuel sandra sara sarah scott sean
sharon shirley simon sophia stephanie stephen steve steven stuart susan teresa terry theresa
thomas tim timothy tina todd tom tony tyler victor victoria vincent virginia walter wayne will
william zachary
"""
_GIVEN = frozenset(_GIVEN_TEXT.split())
_SURNAMES_TEXT = """
adams alexander allen anderson bailey baker barnes bell bennett black brooks brown bryant
butler campbell carter clark clarke coleman collins cook cooper cox cruz davies davis diaz
edwards ellis evans fernandez fisher flores ford foster garcia gibson gomez gonzalez graham
grant gray green griffin hall hamilton harris harrison hayes henderson henry hernandez hill
howard hughes hunt jackson james jenkins johnson jones jordan kelly kennedy khan kim king kumar
lee lewis long lopez marshall martin martinez mason mcdonald miller mitchell moore morales
morgan morris murphy murray myers nelson nguyen ortiz owens palmer park parker patel patterson
perez perry peterson phillips porter powell price ramirez reed reyes reynolds richardson rivera
roberts robertson robinson rodriguez rogers ross russell sanchez sanders schmidt scott shaw
silva simmons simpson singh smith stevens stewart sullivan taylor thomas thompson torres tucker
turner walker wallace ward washington watson webb wells west white wilkinson williams
williamson wilson wood woods wright young
"""
_SURNAMES = frozenset(_SURNAMES_TEXT.split())


def is_given_name(word: str) -> bool:
    """Whether the word, folded, is a frequent given name."""
    return word in _GIVEN


def is_common_name(key: str) -> bool:
    """Whether given name and surname are both frequent: "john smith", not "marie curie".

    Args:
        key: a `name_key` of a person. A middle name makes it specific.
    """
    words = key.split()
    return len(words) == 2 and words[0] in _GIVEN and words[1] in _SURNAMES
