import shutil

import pytest

from mobility.documents import storage


@pytest.fixture(autouse=True)
def empty_storage(app):
    shutil.rmtree(storage.root(), ignore_errors=True)
    yield
    shutil.rmtree(storage.root(), ignore_errors=True)
