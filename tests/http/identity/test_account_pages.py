"""The pages behind the links of letters: without JavaScript, in the reader's language, and safe to open."""

import httpx
import pytest

from marketplace.entrypoints.web.words import WORDS
from tests.builders.identity import PASSWORD
from tests.http.identity.house import House
from tests.http.identity.test_account_security import logged_in, newest_token

NEW = "Another-Horse-8"


async def send(house: House, page: str, **fields: str) -> httpx.Response:
    return await house.client.post(f"/account/{page}", data=fields)


async def test_opening_the_page_verifies_nothing_and_its_form_does(fresh_house: House) -> None:
    house = fresh_house
    data = await house.registered()
    token = await newest_token(house, data["user"])
    page = await house.client.get("/account/verify-email", params={"token": token})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "script-src" not in page.headers["content-security-policy"]
    assert f'value="{token}"' in page.text
    assert (await house.me(data["access_token"])).json()["data"]["is_verified"] is False
    done = await send(house, "verify-email", token=token)
    assert (done.status_code, WORDS["en"].verified in done.text, "<form" in done.text) == (200, True, False)
    assert (await house.me(data["access_token"])).json()["data"]["is_verified"] is True


async def test_a_new_password_is_set_by_the_form_which_says_what_is_wrong(fresh_house: House) -> None:
    house = fresh_house
    user = (await house.registered())["user"]
    await house.post("password/forgot", {"identifier": user["email"]})
    token = await newest_token(house, user)
    for password, status, words in (
        ("weak", 422, WORDS["en"].weak),
        (PASSWORD, 422, WORDS["en"].used_before),
        (NEW, 200, WORDS["en"].reset_done),
    ):
        page = await send(house, "reset-password", token=token, password=password)
        assert (page.status_code, words in page.text) == (status, True), page.text
        assert password not in page.text
    await logged_in(house, user, NEW)
    dead = await send(house, "reset-password", token=token, password="Third-Horse-9")
    assert (dead.status_code, WORDS["en"].dead_link in dead.text, "<form" in dead.text) == (422, True, False)


@pytest.mark.parametrize("language", WORDS)
async def test_the_pages_speak_the_readers_language(house: House, language: str) -> None:
    for path, title in (("verify-email", "verify_title"), ("reset-password", "reset_title")):
        page = await house.client.get(
            f"/account/{path}", params={"token": "t"}, headers={"accept-language": f"{language};q=1, en;q=0.5"}
        )
        assert getattr(WORDS[language], title) in page.text
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.text


async def test_hostile_tokens_are_shown_escaped_and_are_merely_dead(house: House) -> None:
    hostile = '"><script>alert(1)</script>{{7*7}}'
    page = await house.client.get("/account/reset-password", params={"token": hostile})
    assert "<script" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text
    dead = await send(house, "reset-password", token=hostile, password=NEW)
    assert (dead.status_code, WORDS["en"].dead_link in dead.text) == (422, True)
    assert (await house.client.get("/account/verify-email")).status_code == 200
    unknown = await send(house, "verify-email", token="t", other="x")
    assert unknown.status_code == 422


async def test_the_style_is_ours(house: House) -> None:
    style = await house.client.get("/account/page.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in style.text
