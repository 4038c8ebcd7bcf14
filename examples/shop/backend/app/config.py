"""Settings of the shop, read when somebody first asks for them."""

from __future__ import annotations

from functools import lru_cache

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What differs between a laptop, staging and production."""

    model_config = SettingsConfigDict(env_prefix="SHOP_", env_file=".env", extra="ignore")

    database_url: str
    token_key: SecretStr
    smtp_host: str = "localhost"


@lru_cache
def get_settings() -> Settings:
    """The one set of settings of this process."""
    return Settings()
