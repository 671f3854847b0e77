"""A local Spark with two workers, which sign in to a sandbox by their environment, and a log of what its UI shows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from pyspark.sql import SparkSession

from superoffice.spark import TicketSource
from superoffice_sandbox import Sandbox


def pytest_configure(config: pytest.Config) -> None:
    if pyspark.__version__.startswith(("4.0.", "4.1.")):  # they leave it to chance when a socket of theirs is closed
        leaves = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
        config.addinivalue_line("filterwarnings", leaves)


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="session")
def spark(box: Sandbox, log: Path) -> Iterator[SparkSession]:
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        **box.environ,
    }
    builder = SparkSession.builder.master("local[2,2]").appName("tests")  # a task that failed is run again
    builder = builder.config("spark.ui.enabled", "false")
    builder = builder.config("spark.eventLog.enabled", "true").config("spark.eventLog.dir", log.as_uri())
    builder = builder.config("spark.eventLog.compress", "false")  # so that a test can look into it
    builder = builder.config("spark.sql.session.timeZone", "Europe/Oslo").config("spark.sql.shuffle.partitions", "2")
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    session.dataSource.register(TicketSource)
    yield session
    session.stop()
