"""The viewer in a real browser: keys, filters, two runs side by side, and no request to anybody else."""

import asyncio
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from rvpo.harness.local_page import page_of


def _driver() -> ModuleType:
    """``chromium.py`` beside this file; tests are no package."""
    spec = importlib.util.spec_from_file_location("chromium_driver", Path(__file__).with_name("chromium.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DRIVER = _driver()
needs_browser = pytest.mark.skipif(DRIVER.CHROMIUM is None, reason="no chromium or chrome is installed")
LIST = "[...document.querySelectorAll('.row .id')].map((n) => n.firstChild.data).join(' ')"


def test_the_page_names_no_other_host_and_allows_none() -> None:
    page = page_of("viewer", "viewer", {"with_text": False}, title="rvpo view")
    assert set(re.findall(r"https?://([\w.]+)", page)) <= {"www.w3.org"}
    assert "default-src 'none'" in page
    assert page.count("</script>") == 2


@pytest.mark.flaky(reruns=1)
@needs_browser
@pytest.mark.timeout(120)
def test_a_user_finds_what_regressed_with_the_keyboard(
    folder: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    address = serve(folder, with_text=True)

    async def use() -> None:
        async with DRIVER.chromium(tmp_path / "profile") as tab:
            await tab.look(1200, 800)
            await tab.go(f"{address}/")
            await tab.until("document.querySelectorAll('#runs .plot svg').length === 2")
            await tab.value("document.querySelector('#runs a').click()")
            await tab.until("document.querySelectorAll('#with option').length === 2")
            await tab.value("$('with').value = 'before'; $('with').dispatchEvent(new Event('change'))")
            await tab.until("document.querySelectorAll('.row .moved.down').length === 1")
            # From the largest fall; what has no change lies between.
            await tab.until(f"{LIST} === 'a c d e b'")
            assert await tab.value("$('filters').innerText.replaceAll('\\n', ' ')") == (
                "All 5 Regressed 1 Fixed 1 Failed 2 Unparsed 1 Cut 0"
            )
            await tab.press("j")
            await tab.until("document.querySelectorAll('.verdicts tbody tr').length === 2")
            assert await tab.value("document.querySelectorAll('#item-pane pre').length") == 3
            assert "✓ met" in await tab.value("$('item-pane').innerText")
            assert await tab.value("document.title") == "After · rvpo view"  # no text became a script
            await tab.value("document.querySelectorAll('#filters button')[2].click()")
            await tab.until(f"{LIST} === 'b'")
            await tab.press("/")
            assert await tab.value("document.activeElement.id") == "find"
            hosts = {re.sub(r"^(\w+://[^/]+).*", r"\1", url) for url in tab.requests if "://" in url}
            assert hosts == {address}

    asyncio.run(use())


@pytest.mark.flaky(reruns=1)
@needs_browser
@pytest.mark.timeout(120)
def test_a_narrow_page_shows_the_list_or_the_item(
    folder: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    address = serve(folder)

    async def use() -> None:
        async with DRIVER.chromium(tmp_path / "profile") as tab:
            await tab.look(400, 700, scheme="dark")
            await tab.go(f"{address}/#run=after&item=b")
            await tab.until("document.querySelector('.verdicts')")
            assert await tab.value("$('list').offsetParent === null")
            assert "open: unparseable" in await tab.value("$('item-pane').innerText")
            assert "SECRET" not in await tab.value("document.documentElement.innerText")
            assert await tab.value("document.documentElement.scrollWidth") == 400
            await tab.value("$('back').click()")
            await tab.until("document.querySelectorAll('.row').length === 5")
            assert await tab.value("$('item-pane').offsetParent === null")

    asyncio.run(use())
