"""Names of calls and values that get a second look: logs, queries, digests, answers, secrets."""

from __future__ import annotations

LOG_CALLS = frozenset(
    {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "fatal", "print",
     "echo", "trace", "success", "notice", "pprint"}
)  # fmt: skip
QUERY_CALLS = frozenset(
    {"execute", "executemany", "executescript", "exec_driver_sql", "text", "raw", "RawSQL", "extra",
     "fetch_all", "fetch_one", "fetch_val", "fetchrow", "fetchval", "fetch", "read_sql",
     "read_sql_query", "execute_many", "execute_script", "iterate", "copy_expert"}
)  # fmt: skip
DIGEST_CALLS = frozenset(
    {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384",
     "sha3_512", "blake2b", "blake2s", "new"}
)  # fmt: skip
ANSWER_CALLS = frozenset(
    {"HTTPException", "JSONResponse", "PlainTextResponse", "HTMLResponse", "Response", "abort",
     "jsonify", "make_response", "HttpResponse", "JsonResponse", "HttpResponseBadRequest",
     "HttpResponseServerError", "HttpResponseNotFound", "HttpResponseForbidden", "ORJSONResponse",
     "UJSONResponse", "APIException", "HTTPError", "json_response"}
)  # fmt: skip
WATCHED = LOG_CALLS | QUERY_CALLS | DIGEST_CALLS | ANSWER_CALLS
SENSITIVE = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "token", "jwt", "api_key", "apikey",
     "access_token", "refresh_token", "raw_password", "new_password", "plain_password",
     "plaintext_password", "client_secret", "private_key", "secret_key", "card_number", "cvv",
     "ssn", "authorization"}
)  # fmt: skip
"""Names that are worth a look when they are passed on."""
PRIVATE = ("passw", "pwd", "passphrase", "secret", "token", "jwt", "api_key", "apikey",
           "private_key", "card", "cvv", "ssn", "authorization", "email", "request", "header",
           "cookie", "credential", "environ")  # fmt: skip
"""What the names of private things have in them."""
