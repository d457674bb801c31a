from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.template.engine import compiled

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(["{{ 7 }}", "{% raw %}", "<|im_end|>", "<&'\""])
MARKED = "{% generation %}{{ message.content }}{% endgeneration %}"
TEMPLATES = [
    "{% for message in messages %}[{{ message['role'] }}]" + MARKED + "\n{% endfor %}",
    "{%- for message in messages -%}\n  {%- generation -%}\n {{ message.content | trim }} \n{%- endgeneration -%}\n{%- endfor %}",
    "{% macro turn(message) %}<{{ message.content }}>{% endmacro %}"
    "{% for message in messages %}{% generation %}{{ turn(message) }}{% endgeneration %}{{ turn(message) }}{% endfor %}",
    "{% set seen = namespace(count=0) %}{% for message in messages %}{% if loop.first %}{% continue %}{% endif %}"
    "{% set seen.count = seen.count + 1 %}" + MARKED + "{{ seen.count }}{% endfor %}",
    "{% for message in messages %}{{ message | tojson }}{{ message | tojson(indent=2) }}{{ bos_token }}{{ nothing }}{% endfor %}",
    "{% for message in messages[::-1] %}" + MARKED + "{% if loop.index > 1 %}{% break %}{% endif %}{% endfor %}{{ tools }}{{ documents }}",
    "{% for message in messages %}{% set text %}" + MARKED + "{% endset %}{{ text }}{% endfor %}{{ dict(a=1) }}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_renders_what_transformers_does(template: str) -> None:
    from transformers.utils.chat_template_utils import render_jinja_template

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.tuples(st.sampled_from(["system", "user", "assistant"]), texts), min_size=1, max_size=4), st.booleans())
    def check(said: list[tuple[str, str]], prompt: bool) -> None:
        messages = [{"role": role, "content": text} for role, text in said]
        theirs: Any = render_jinja_template(
            [messages], chat_template=template, return_assistant_tokens_mask=True, add_generation_prompt=prompt, bos_token="<s>"
        )
        ours = compiled(template).render(messages=messages, tools=None, documents=None, add_generation_prompt=prompt, bos_token="<s>")
        assert ours == (theirs[0][0], theirs[1][0])

    check()


def test_clock_stands_still() -> None:
    assert compiled("{{ strftime_now('%d %b %Y') }}").render() == ("26 Jul 2024", [])


@pytest.mark.parametrize(
    "template",
    [
        "{{ raise_exception('no') }}",
        "{{ messages.append(1) }}",
        "{{ ''.__class__.__mro__ }}{{ messages.__class__.x }}",
        "{% for _ in range(10000000) %}{% endfor %}",
        "{{ missing.attribute }}",
    ],
)
def test_what_a_template_may_not_do(template: str) -> None:
    with pytest.raises(Exception):  # noqa: B017
        compiled(template).render(messages=[])


def test_failed_rendering_leaves_nothing_behind() -> None:
    template = compiled("{% for x in messages %}{% generation %}{{ x.y.z }}{% endgeneration %}{% endfor %}")
    good = [{"y": {"z": "abc"}}]
    for messages in (good, [*good, {}], good):
        try:
            assert template.render(messages=messages) == ("abc", [(0, 3)])
        except Exception:
            assert len(messages) == 2
