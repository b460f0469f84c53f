"""The link checker: whether an address still answers, asked politely and from where no private network is reached.

``gate`` says which computers may be asked, ``exchange`` asks one question, ``verdict`` follows redirects and says in one
word what was found, ``rows`` writes it into the addresses. It reports and changes nothing else
(docs/decisions/0013-link-checker.md).
"""
