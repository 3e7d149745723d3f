"""What the schema says of every address alike: empty filters, and refusals of any of them."""

ALWAYS = {
    "401": "Not signed in.",
    "403": "Not yours to do.",
    "429": "Too often; `Retry-After` says when.",
    "503": "Not possible at present; `Retry-After` says when to try again.",
}
WITH_BODY = {
    "413": "More than this address takes.",
    "415": "Not a kind of body that this address takes.",
    "507": "No room left to store it; `Retry-After` says when to try again.",
}


def complete(result, generator, request, public):
    """A postprocessing hook of drf-spectacular: an empty filter is as good as none, and all
    refusals have the one shape."""
    shape = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in _of_interface(path, operations):
            for one in operation.get("parameters", ()):
                if one["in"] == "query" and not one.get("required"):
                    one["allowEmptyValue"] = True
            told = ALWAYS | (WITH_BODY if "requestBody" in operation else {})
            for status, words in told.items():
                operation["responses"].setdefault(status, {"description": words, "content": shape})
    return result


def _of_interface(path, operations):
    return operations.values() if path.startswith("/api/v1/") else []
