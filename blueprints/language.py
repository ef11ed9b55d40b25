"""The language of an answer: `lang=` or Accept-Language among those we speak, else English."""

from flask import request

LANGUAGES = ("en", "hi", "or", "vi")


def language() -> str:
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"
