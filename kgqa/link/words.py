"""Words that name nothing by themselves when they stand in a question."""

from __future__ import annotations

_STOP_WORDS_TEXT = """
a about after all also an and any are as at be because been before between both but by can
could did do does during each either every for from had has have he her hers him his how i
if in into is it its itself just me might more most much must my no nor not of off on once
one only or other our out over s same shall she should since so some such than that the
their them then there these they this those through to too under until up us was we were
what when where whether which while who whom whose why will with within without would you
your
"""
STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
"""Never the edge of a name, unless the whole name is known and written with a capital."""

_QUESTION_WORDS_TEXT = """
actor actress age album alive area artist author award awards band based battle began best
birth birthday birthplace black book books born brother brothers built called came capital
career cause caused century chief child children cities city club coach college come
company composed composer countries country county created creator currency date daughter
day days dead death developed did die died different director directed discovered
discovery district divorced earlier early elected employer end ended established ever
exactly family famous father fight film films find first flag follow form former found
founded founder game gave genre get give given go good governor graduated grandfather
grandmother great group happened head headquarters high home house husband important
include instrument invented inventor joined kind king know known language largest last
late later lead leader led left less live lived long longer longest made main major make
man many married mayor mean meant member men military moon most mother mountain move moved
movie movies murdered name named national nationality new next novel number office oldest
older open original parents part party people performer person place places play played
player plays population position president prize producer produced professor published
queen ratio received record region release released religion role ruled school sea second
served sibling sister sisters size small son song songs spoken spouse star start started
state states stop studied study sung system tall taught team tell term third time title
took town true type types university used war water wife win winner woman women won word
work worked world write writer written wrote year years young younger youngest
"""
QUESTION_WORDS = frozenset(_QUESTION_WORDS_TEXT.split())
"""Common words of questions, which as titles of works would be found in most of them."""
