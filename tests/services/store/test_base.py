from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from bot.database import SchemaError, check_schema, make_engine, migrate
from services.store.exchange import Integration


def test_the_migrations_make_the_schema_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Integration.metadata) == []


def test_the_partial_indexes_of_the_models_are_in_the_store_with_their_conditions(engine: Engine) -> None:
    found = {
        index["name"]: next(
            (str(value) for key, value in index["dialect_options"].items() if key.endswith("_where")), None
        )
        for name in inspect(engine).get_table_names()
        for index in inspect(engine).get_indexes(name)
    }
    declared = {
        index.name: index.dialect_options[engine.dialect.name]["where"]
        for table in Integration.metadata.tables.values()
        for index in table.indexes
    }
    assert {name: where is not None for name, where in found.items() if name in declared} == {
        name: where is not None for name, where in declared.items()
    }


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    before = inspect(engine).get_table_names()
    migrate(engine)
    assert inspect(engine).get_table_names() == before
    check_schema(engine)


def test_a_schema_at_another_revision_is_refused_and_says_how_to_mend_it(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    with pytest.raises(SchemaError, match=r"is at revision 0000.*lastsync migrate"):
        check_schema(engine)
    engine.dispose()


def test_an_empty_database_is_refused(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with pytest.raises(SchemaError, match="no tables of Lastsync yet"):
        check_schema(engine)
    engine.dispose()


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "letter.sqlite"
    path.write_text("Dear carrier, " * 100)
    engine = make_engine(f"sqlite:///{path}")
    with pytest.raises(SchemaError, match="cannot be used") as refused:
        migrate(engine)
    engine.dispose()
    assert "\n" not in str(refused.value)


def test_a_copied_store_is_a_store(migrated_sqlite: Path, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'copy.sqlite')}")
    check_schema(engine)
    engine.dispose()


def test_the_password_of_a_database_is_not_in_its_errors() -> None:
    engine = make_engine("postgresql://lastsync:hunter2@127.0.0.1:1/none")
    with pytest.raises(SchemaError) as refused:
        check_schema(engine)
    engine.dispose()
    assert "hunter2" not in str(refused.value)
