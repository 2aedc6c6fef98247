"""English from the other side: `my brother owes me` becomes `your brother owes you`."""

import re

# As a pair of words first, since `you are` is `I am` while `they are` stays.
_SWAPS = {
    "i am": "you are", "i'm": "you are", "i was": "you were", "i wasn't": "you weren't", "i've": "you have",
    "i'll": "you will", "i'd": "you would", "i": "you", "me": "you", "my": "your", "mine": "yours",
    "myself": "yourself", "am i": "are you", "was i": "were you",
    "you are": "I am", "you're": "I am", "you were": "I was", "you've": "I have", "you'll": "I will",
    "you'd": "I would", "are you": "am I", "were you": "was I", "your": "my", "yours": "mine",
    "yourself": "myself", "you": "I",
}  # fmt: skip
_SWAP = re.compile(
    r"(?<![\w'])(" + "|".join(sorted(map(re.escape, _SWAPS), key=len, reverse=True)) + r")(?![\w'])",
    re.IGNORECASE,
)
# `you` is the object, and so `me`, at the end and before these.
_OBJECT = re.compile(
    r"(?<![\w'])you(?=\s*(?:$|[.,;:!?]|(?:about|again|and|as|at|because|by|for|from|if|in|into|is|now|of|on|or|so|than|that|"
    r"the|then|this|to|too|tomorrow|was|when|why|with|without|yesterday)(?![\w'])))",
    re.IGNORECASE,
)
_AFTER_PREPOSITION = re.compile(
    r"(?<![\w'])((?:about|at|behind|by|for|from|in|of|on|to|told|tell|with|without))\s+you(?![\w'])",
    re.IGNORECASE,
)


def reflect(text: str) -> str:
    """`text` as its reader would say it back; the case of all other words stays."""
    marked = _AFTER_PREPOSITION.sub(r"\1 \0", text)
    marked = _OBJECT.sub("\0", marked)
    return _SWAP.sub(lambda match: _SWAPS[match[0].lower()], marked).replace("\0", "me")
