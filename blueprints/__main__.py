"""`python -m blueprints` prints the OpenAPI document, from which the web's typed client is made. Asks no server."""

import json

from blueprints import create_app


def document() -> str:
    app = create_app()
    (api,) = (entry["ext_obj"] for entry in app.extensions["flask-smorest"]["apis"].values())
    return json.dumps(api.spec.to_dict(), indent=1, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    print(document())
