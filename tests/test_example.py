"""The bundled backend: what is planted is found, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

import bylaw

if TYPE_CHECKING:
    from bylaw.result import CheckResult

SHOP = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "examples", "shop")

# (rule, path below backend/, symbol)
PLANTED = [
    ("import-time-env-read", "app/integrations/mailer.py", "app.integrations.mailer"),
    ("import-time-env-read", "app/integrations/payments.py", "app.integrations.payments"),
    ("import-time-raise", "app/integrations/payments.py", "app.integrations.payments"),
    ("import-time-database", "app/repositories/reports.py", "app.repositories.reports"),
    ("import-time-network", "app/services/pricing.py", "app.services.pricing"),
    ("import-time-filesystem", "app/integrations/storage.py", "app.integrations.storage"),
    ("import-time-process", "app/workers/outbox.py", "app.workers.outbox"),
    ("import-time-env-read", "migrations/env.py", "backend.migrations.env"),
    (
        "blocking-call-in-async",
        "app/api/routes/shipping.py",
        "app.api.routes.shipping.quote_parcel",
    ),
    (
        "blocking-call-in-async",
        "app/services/orders.py",
        "app.services.orders.OrderService.history",
    ),
    ("blocking-call-in-async", "app/services/users.py", "app.services.users.UserService.register"),
    ("mutable-global-state", "app/api/routes/products.py", "app.api.routes.products.show_product"),
    ("import-cycle", "app/services/promotions.py", "app.services.promotions"),
    ("swallowed-exception", "app/services/checkout.py", "app.services.checkout.send_receipt"),
    ("undeclared-environment", "app/integrations/carriers.py", "app.integrations.carriers._ask"),
    (
        "env-read-outside-settings",
        "app/integrations/carriers.py",
        "app.integrations.carriers._ask",
    ),
    (
        "env-read-outside-settings",
        "app/integrations/payments.py",
        "app.integrations.payments",
    ),
    ("env-read-outside-settings", "app/regions.py", "app.regions.current_region"),
    (
        "transport-model-in-domain",
        "app/services/catalogue.py",
        "app.services.catalogue.CatalogueService.product",
    ),
    ("wrong-package-root", "app/workers/digest.py", "app.workers.digest"),
    ("missing-lockfile", "pyproject.toml", "backend/pyproject.toml"),
    (
        "nondeterministic-test",
        "tests/test_pricing.py",
        "tests.test_pricing.test_discounted_expired_coupon_leaves_amount",
    ),
    (
        "nondeterministic-test",
        "tests/test_outbox.py",
        "tests.test_outbox.test_flush_two_mails_sends_oldest_first",
    ),
]

# Where the road from scope to sink must lead through other functions, and where it ends.
ROADS = {
    ("import-time-env-read", "app/integrations/mailer.py"): ("backend/app/regions.py", 5),
    ("import-time-database", "app/repositories/reports.py"): ("backend/app/db.py", 2),
    ("import-time-network", "app/services/pricing.py"): ("backend/app/integrations/rates.py", 3),
    ("blocking-call-in-async", "app/api/routes/shipping.py"): (
        "backend/app/integrations/carriers.py",
        4,
    ),
    ("blocking-call-in-async", "app/services/orders.py"): ("backend/app/repositories/orders.py", 2),
    ("nondeterministic-test", "tests/test_pricing.py"): ("backend/tests/factories.py", 2),
}


@pytest.fixture(scope="module")
def shop() -> CheckResult:
    """One run over the example, without a cache."""
    return bylaw.check(SHOP, use_cache=False)


def test_check_example_finds_exactly_what_is_planted(shop: CheckResult) -> None:
    found = sorted(
        (finding.rule, finding.path.removeprefix("backend/"), finding.symbol)
        for finding in shop.findings
        if finding.severity != "note" and finding.confidence != "possible"
    )

    assert found == sorted(PLANTED)


def test_check_example_is_complete_and_exits_with_findings(shop: CheckResult) -> None:
    assert (shop.exit_code, shop.errors, shop.summary.skipped) == (1, (), ())
    assert "backend" in shop.import_roots


@pytest.mark.parametrize(("place", "end"), ROADS.items(), ids=lambda value: str(value[0]))
def test_check_example_witness_leads_to_the_sink(
    shop: CheckResult, place: tuple[str, str], end: tuple[str, int]
) -> None:
    rule, path = place
    witness = next(
        finding.witness
        for finding in shop.findings
        if (finding.rule, finding.path) == (rule, f"backend/{path}")
    )

    assert (witness[-1].path, len(witness)) == end


def test_example_readme_names_every_planted_file() -> None:
    with open(os.path.join(SHOP, "README.md"), encoding="utf-8") as file:
        readme = file.read()

    for rule, path, _ in PLANTED:
        assert f"`{rule}`" in readme
        assert path in readme or os.path.dirname(path) in readme
