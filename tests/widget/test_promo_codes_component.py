from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from promocodes.models import CodePool, PromoCode
from promocodes.operations import use_code
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, make_referral_code, make_share_link
from tests.widget.versions import version_of
from widget.languages import Language
from widget.rendering import render
from widget.viewers import AdvocateViewer, Viewer

pytestmark = pytest.mark.django_db


def page(viewer, language=Language.ENGLISH, **texts):
    version = version_of("promo_codes")
    version.components[0]["texts"] = {language.value: texts}
    return render(version, viewer=viewer, language=language)


def of(participant, program, at=NOON):
    return AdvocateViewer(participant=participant, program=program, at=at)


def codes_in(text):
    return re.findall(r'data-code="([^"]+)"', text)


def test_one_code_is_shown_at_a_time_with_its_number(ana, spring, five):
    text = page(of(ana, spring))

    assert codes_in(text) == five
    assert re.findall(r'data-code="([^"]+)" data-recorded="yes" hidden', text) == five[1:]
    assert re.findall(r"data-number(?: hidden)?>([^<]+)<", text) == [f"{number} of 5" for number in range(1, 6)]
    assert "Previous code" in text


def test_a_code_that_was_copied_before_says_so_and_the_others_do_not(ana, spring, five):
    PromoCode.objects.filter(code="ANA-2").update(copied_at=NOON)

    text = page(of(ana, spring))

    notices = re.findall(r"data-before( hidden)?>([^<]+)<", text)
    words = "You&#x27;ve copied this code before"
    assert notices == [(" hidden", words), ("", words), *[(" hidden", words)] * 3]


def test_both_languages_have_their_words_and_an_admin_can_change_them(ana, spring, five):
    chinese = page(of(ana, spring), Language.CHINESE)
    changed = page(of(ana, spring), title="Codes for you", page="{currentPage}/{totalPages}")

    assert "您的促销码" in chinese
    assert "第 1 个，共 5 个" in chinese
    assert "您之前复制过此促销码" in chinese
    assert "Codes for you" in changed
    assert "1/5" in changed


def test_a_multi_use_code_stands_alone_without_a_number_or_notice(ana, spring):
    pool = make_pool(program=spring, kind=CodePool.Kind.MULTI_USE, codes_each=1)
    make_code("ANA-FOR-ALL", pool=pool, participant=ana, copied_at=NOON)

    text = page(of(ana, spring))

    assert codes_in(text) == ["ANA-FOR-ALL"]
    assert "data-number" not in text
    assert "data-before" not in text


def test_a_used_code_is_gone_and_its_replacement_is_there(ana, spring, pool, five):
    make_code("NEXT-ONE", pool=pool)

    use_code(code="ANA-3", key="order-1", friend=make_participant(), at=NOON + timedelta(hours=1))

    later = of(ana, spring, NOON + timedelta(hours=2))
    assert codes_in(page(later)) == ["ANA-1", "ANA-2", "ANA-4", "ANA-5", "NEXT-ONE"]


def test_codes_of_other_programs_people_and_times_are_not_shown(ana, spring, pool):
    make_code("EXPIRED", pool=pool, participant=ana, expires_at=NOON)
    make_code("NOT-YET-EXPIRED", pool=pool, participant=ana, expires_at=NOON + timedelta(seconds=1))
    make_code("BOBS", pool=pool, participant=make_participant())
    make_code("AUTUMN", pool=make_pool(program=make_program()), participant=ana)
    make_code("STOCK", pool=pool)

    assert codes_in(page(of(ana, spring))) == ["NOT-YET-EXPIRED"]


def test_without_codes_the_fallback_code_is_shown_and_not_recorded_as_copied(ana, spring, pool):
    shared = make_code("FALLBACK", pool=pool, state=PromoCode.State.SHARED, is_multi_use=True)
    CodePool.objects.update(fallback=shared)

    text = page(of(ana, spring), fallback="Everybody's code:")

    assert codes_in(text) == ["FALLBACK"]
    assert 'data-recorded="no"' in text
    assert "Everybody&#x27;s code:" in text


def test_without_any_code_the_advocate_hears_how_to_reach_support(ana, spring, pool):
    text = page(of(ana, spring), empty="Write to help@shop.example")

    assert codes_in(text) == []
    assert "Write to help@shop.example" in text
    assert "Your codes are not ready yet." in page(of(ana, spring))


def test_a_program_without_promo_codes_and_a_blocked_advocate_have_none(ana, spring, pool, five):
    blocked = make_participant(date_blocked=NOON)
    make_code("BLOCKED-1", pool=pool, participant=blocked)

    assert codes_in(page(of(blocked, spring))) == []
    assert codes_in(page(of(ana, make_program()))) == []


def test_a_visitor_is_asked_to_sign_in(spring, pool):
    text = page(Viewer(program=spring, at=NOON))

    assert codes_in(text) == []
    assert "Sign in to get your promo codes." in text


def test_share_buttons_carry_the_code_and_the_advocates_link(ana, spring, five):
    make_share_link(slug="k7m2p9xw4t", code=make_referral_code(code="ANA", participant=ana, program=spring))

    links = re.findall(r'href="([^"]+)"[^>]* data-share="(\w+)"', page(of(ana, spring)))

    assert [medium for _url, medium in links[:4]] == ["EMAIL", "WHATSAPP", "SMS", "TWITTER"]
    sent = unquote(links[1][0])
    assert sent.startswith("https://wa.me/?text=Use my code ANA-1 for a discount: http://127.0.0.1:8000/s/k7m2p9xw4t?")
    assert "rsShareMedium=WHATSAPP" in sent


def test_codes_and_everything_shared_of_them_cost_two_queries(ana, spring, five, django_assert_num_queries):
    make_share_link(slug="k7m2p9xw4t", code=make_referral_code(code="ANA", participant=ana, program=spring))

    with django_assert_num_queries(2):
        page(of(ana, spring))
