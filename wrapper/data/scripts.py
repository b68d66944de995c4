"""Scripts that part no words by spaces, as the inside of a character class of `re`."""

from __future__ import annotations

# Thai and Lao, Burmese, Khmer, Japanese, Chinese with its compatibility and rarer characters: Unicode's blocks
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
HANGUL = r"\u1100-\u11ff\uac00-\ud7af"  # has spaces, but its words carry their particles
