"""Which flags are on, by OpenFeature: a file of the repository, or flagd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dbt_rewind.config.openfeature import OpenFeatureConfig, read_flag_file
from dbt_rewind.errors import FlagProviderUnusable
from dbt_rewind.redact import redact

if TYPE_CHECKING:
    from openfeature.provider import AbstractProvider

DOMAIN = "dbt-rewind"


def flags_decided(
    settings: OpenFeatureConfig, root: Path, environment: str, names: Iterable[str]
) -> Mapping[str, bool]:
    """Which of the flags are on. Those that the provider does not know are left out.

    It is asked with the environment's name as targeting key and as `environment`. An answer that
    does not come is no answer: raises FlagProviderUnusable.
    """
    try:
        from openfeature import api
        from openfeature.evaluation_context import EvaluationContext
        from openfeature.exception import ErrorCode, OpenFeatureError
    except ImportError:
        raise _missing(settings, "openfeature-sdk", "flags") from None
    provider = _provider(settings, root)
    context = EvaluationContext(environment, {"environment": environment})
    found: dict[str, bool] = {}
    try:
        api.set_provider_and_wait(provider, DOMAIN)
        client = api.get_client(DOMAIN)
        for name in names:
            # True is what users see without a word from anybody; it counts for nothing here.
            details = client.get_boolean_details(name, True, context)
            if details.error_code is None:
                found[name] = details.value
            elif details.error_code != ErrorCode.FLAG_NOT_FOUND:
                said = details.error_message or details.error_code.value
                raise FlagProviderUnusable(_called(settings), f"{name}: {redact(said)}")
    except OpenFeatureError as error:
        said = str(error.error_message or error.error_code.value)
        raise FlagProviderUnusable(_called(settings), redact(said)) from error
    finally:
        api.shutdown()
        api.clear_providers()
    return found


def _provider(settings: OpenFeatureConfig, root: Path) -> AbstractProvider:
    if settings.provider == "file":
        from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

        values = read_flag_file(root / settings.file)
        variants = {"on": True, "off": False}
        return InMemoryProvider(
            {
                name: InMemoryFlag("on" if is_on else "off", variants)
                for name, is_on in values.items()
            }
        )
    if settings.provider == "none":
        raise FlagProviderUnusable("none", "`openfeature.provider` is none")
    try:
        from openfeature.contrib.provider.flagd import FlagdProvider
        from openfeature.contrib.provider.flagd.config import ResolverType
    except ImportError:
        raise _missing(settings, "openfeature-provider-flagd", "flagd") from None
    milliseconds = int(settings.seconds * 1000)
    return FlagdProvider(
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        deadline_ms=milliseconds,
        # Its own variables would have another flagd, or another file, asked than rewind.yml says.
        resolver_type=ResolverType.RPC,
        retry_grace_period=max(1, int(settings.seconds)),
    )


def _called(settings: OpenFeatureConfig) -> str:
    if settings.provider == "flagd":
        return f"flagd at {settings.host}:{settings.port}"
    return settings.file if settings.provider == "file" else settings.provider


def _missing(settings: OpenFeatureConfig, package: str, extra: str) -> FlagProviderUnusable:
    problem = f"the package {package} is not installed (pip install 'dbt-rewind[{extra}]')"
    return FlagProviderUnusable(_called(settings), problem)
