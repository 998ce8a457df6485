"""The peer on Quix Streams: a streaming dataframe that reads each event, and a batching sink that stores at each checkpoint."""

from __future__ import annotations

from typing import Any

from quixstreams import Application
from quixstreams.sinks import BatchingSink, SinkBatch

from bench.hop.job import Load, Reader, Store


class SqliteSink(BatchingSink):
    """Writes what has gathered when the framework commits its checkpoint."""

    def __init__(self, store: Store, app: Application) -> None:
        """`app` is stopped when every event is stored."""
        super().__init__()
        self._store, self._app = store, app

    def write(self, batch: SinkBatch) -> None:
        """One transaction a checkpoint."""
        if self._store.commit([item.value for item in batch]):
            self._store.told()
            self._app.stop()


def main(load: Load) -> None:
    """Until every event is stored."""
    reader, store = Reader(load), Store(load)
    app = Application(
        broker_address=load.bootstrap,
        consumer_group="hop-quix",
        auto_offset_reset="earliest",
        commit_every=load.commit,
        commit_interval=3600.0,  # by number only
        consumer_extra_config={"max.partition.fetch.bytes": 4 << 20},
        loglevel="ERROR",
    )

    def read(message: bytes) -> Any:  # noqa: ANN401 - a row
        store.begin()
        return reader.row(message)

    topic = app.topic(load.topic, value_deserializer="bytes", key_deserializer="bytes")
    app.dataframe(topic).apply(read).sink(SqliteSink(store, app))
    app.run()


if __name__ == "__main__":
    main(Load.given())
