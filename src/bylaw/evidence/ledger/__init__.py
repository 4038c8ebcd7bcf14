"""The ledger: where evidence is kept so that nobody can change it unseen (docs/evidence-ledger.md).

What other rooms use:

- ``store.open_ledger(root, create=...)`` gives a ``Ledger`` (a context manager): ``append(draft)``
  returns the acknowledged ``Item``; ``latest(claim)``, ``history(claim)``, ``find(id)``,
  ``items()`` and ``head()`` read. ``Ledger.blobs`` is where outputs and manifests go first.
- ``blobs.Blobs``: ``put(data)``, ``put_file(path)``, ``get(digest)``.
- ``redaction.redacted(data, secrets)`` and ``redaction.secret_values(variables)``: take secrets out
  before anything is stored.
- ``checking.check_ledger(...)``: says whether the ledger is whole, with reason codes.

Reading (``latest``, ``history``, ``find``) neither signs nor verifies: it compares an item with its
digest and its row. Signatures are verified by ``checking``.
"""
