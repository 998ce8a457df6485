"""One node's settings: `node.env` in its home folder, each line overridable by an environment variable of the same name."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads the annotations when the class is made
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from liaison.protocol.errors import LiaisonError

ENV_FILE = "node.env"
CONSOLE_ADDRESS = r"^(https?://[a-z0-9.-]+(:[0-9]{1,5})?)?$"
NODE_ID = r"^(ncp\.[a-z]{2}|rilo\.[a-z]{2,4}|wco\.hub)$"


class BadSettings(LiaisonError):  # noqa: N818 - named for what they are
    """The node's settings are not usable."""

    code = "settings.bad"
    next_step = "Correct node.env in the node's home folder; deploy/node.env.example explains every line."


class NoHome(BadSettings):
    """The folder is not a node's home."""

    code = "settings.no-home"
    next_step = "Name the node's folder with --home or LIAISON_HOME, or make a node there with `liaison init`."


class Settings(BaseSettings):
    """What an administrator sets for one node."""

    model_config = SettingsConfigDict(env_prefix="LIAISON_", extra="forbid", env_ignore_empty=True)  # an empty path would be this folder

    home: Path = Field(description="The node's folder: keys, trust root, SQLite database.")
    node: Annotated[str, Field(pattern=NODE_ID, description="Node id, for example ncp.jm.")]
    environment: Literal["production", "training"] = Field(description="Signed into everything; simulated data only in training.")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty: liaison.db in the home folder.")
    regional_bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka address of the office's cluster.")
    global_bootstrap: str = Field(default="", description="Kafka address of the hub's cluster; empty: the regional one.")
    regional_tls: Path | None = Field(default=None, description="Folder with ca.pem, cert.pem, key.pem for the regional cluster.")
    global_tls: Path | None = Field(default=None, description="The same for the global cluster; empty: the regional one's.")
    key_passphrase_file: Path | None = Field(default=None, description="File with the passphrase of the node's key, 0600.")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="Prometheus metrics on loopback; 0: none.")
    metrics_host: str = Field(default="127.0.0.1", description="Address the metrics are shown on.")
    api_port: int = Field(default=0, ge=0, le=65535, description="The API for programs of this office; 0: none.")
    api_host: str = Field(default="127.0.0.1", description="Address the API is served on; beyond this machine only with TLS.")
    api_tls: Path | None = Field(
        default=None, description="Folder with cert.pem and key.pem for the API; with ca.pem, clients need one too."
    )
    api_requests_per_minute: int = Field(default=600, ge=1, le=1_000_000, description="How often one client may call the API.")
    console_port: int = Field(default=0, ge=0, le=65535, description="The console for the people of this office; 0: none.")
    console_host: str = Field(default="127.0.0.1", description="Address the console is served on; beyond this machine only with TLS.")
    console_tls: Path | None = Field(
        default=None, description="Folder with cert.pem and key.pem for the console; with ca.pem, browsers need a certificate too."
    )
    console_address: Annotated[
        str,
        Field(
            pattern=CONSOLE_ADDRESS,
            description="Under which browsers find the console, for example https://liaison.example; keys are bound to it.",
        ),
    ] = ""
    second_factor: Literal["", "required", "optional"] = Field(
        default="", description="Second factor at the console: required or optional; empty: required in production, optional in training."
    )
    partition_width: int = Field(default=1, ge=1, le=64, description="Partitions per region block; the same in the whole federation.")
    clock_skew_seconds: int = Field(default=300, ge=0, le=86_400, description="How far ahead of our clock a batch may be dated.")
    status_minutes: int = Field(
        default=15, ge=0, le=1440, description="This node says how it is doing when that has changed, at most so often; 0: never."
    )
    fleet_late_hours: int = Field(default=8, ge=1, le=8760, description="A node whose last report is older is late.")
    fleet_silent_hours: int = Field(default=24, ge=1, le=8760, description="A node of which nothing came for so long is silent.")
    fleet_backup_days: int = Field(default=8, ge=1, le=3650, description="A node whose last backup is older needs attention.")
    fleet_list_days: int = Field(default=7, ge=1, le=3650, description="So many days behind this office's member list needs attention.")
    fleet_lag: int = Field(default=10_000, ge=10, le=10**9, description="More records not taken in than this need attention.")
    fleet_quarantine: int = Field(default=1, ge=1, le=10**6, description="So many events in quarantine need attention.")
    backup_folder: Path | None = Field(default=None, description="Where backups are written that name no file; empty: none.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least severe line that is written.")

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home / 'liaison.db'}"

    @property
    def second_factor_policy(self) -> Literal["required", "optional"]:
        """Whether everybody must have a second factor at the console."""
        return self.second_factor or ("required" if self.environment == "production" else "optional")

    @property
    def bootstraps(self) -> dict[str, str]:
        """Kafka address by connection."""
        return {"regional": self.regional_bootstrap, "global": self.global_bootstrap or self.regional_bootstrap}

    @property
    def tls(self) -> dict[str, Path | None]:
        """TLS folder by connection."""
        return {"regional": self.regional_tls, "global": self.global_tls or (None if self.global_bootstrap else self.regional_tls)}


def load_settings(home: Path) -> Settings:
    """The settings of the node that lives in `home`. Raises NoHome, BadSettings."""
    file = home / ENV_FILE
    if not file.is_file():
        raise NoHome(f"{home} is not a node's home: it has no {ENV_FILE}.")
    try:
        return Settings(_env_file=file, home=home)  # type: ignore[call-arg]  # pydantic-settings' own keyword
    except ValidationError as error:
        first = error.errors()[0]
        raise BadSettings(f"{file}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{file} cannot be read: {error}.") from error
