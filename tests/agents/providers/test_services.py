"""Every service through its official SDK, against a server that speaks its documented wire format."""

import random
from typing import Any

import pytest

from mailsim_agents.errors import ProviderRefused, ProviderUnavailable
from mailsim_agents.providers import LlmSettings, Provider, load

KEY = "sk-secret-9f8e7d"
ANSWERS: dict[str, Any] = {
    "openai": {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "A grey car."}}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16},
    },
    "anthropic": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m-1", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "A grey car."}], "usage": {"input_tokens": 12, "output_tokens": 4},
    },
    "ollama": {
        "model": "m-1", "created_at": "2026-11-21T06:00:00Z", "done": True, "done_reason": "stop",
        "message": {"role": "assistant", "content": "A grey car."}, "prompt_eval_count": 12, "eval_count": 4,
    },
}  # fmt: skip
ANSWERS["lmstudio"] = ANSWERS["openai"]
ALL = sorted(ANSWERS)


def models(*names: str) -> dict[str, Any]:
    listed = [{"id": name, "object": "model", "created": 1, "owned_by": "me"} for name in names]
    return {"object": "list", "data": listed}


@pytest.fixture
async def ask(service, canned, request_, monkeypatch):
    """Ask `name` once, the server answering with `answers`; the provider is closed at the end."""
    opened: list[Provider] = []
    monkeypatch.setenv("MAILSIM_TEST_KEY", KEY)

    def provider(name: str, **settings: Any) -> Provider:
        base = service.url + ("/v1" if name in ("openai", "lmstudio") else "")
        given = {"model": "m-1", "base_url": base, "api_key_env": "MAILSIM_TEST_KEY", "max_retries": 0} | settings
        opened.append(load(LlmSettings(service=name, **given), random.Random(1)))
        return opened[-1]

    async def ask(name: str, *answers: Any, **settings: Any):
        service.will(*(answer if isinstance(answer, canned) else canned(answer) for answer in answers))
        return await provider(name, **settings).answer(request_)

    ask.provider = provider
    yield ask
    for one in opened:
        await one.close()


@pytest.mark.parametrize("name", ALL)
async def test_an_answer_comes_with_its_model_and_its_tokens(name, ask):
    answer = await ask(name, ANSWERS[name])
    assert (answer.text, answer.model, answer.input_tokens, answer.output_tokens) == ("A grey car.", "m-1", 12, 4)


@pytest.mark.parametrize("name", ALL)
async def test_the_request_holds_instructions_subject_and_conversation(name, ask, service):
    await ask(name, ANSWERS[name], headers={"X-Team": "blue"})
    sent = service.received[0]
    system = sent.body["system"] if name == "anthropic" else sent.body["messages"][0]["content"]
    assert "You are Parry." in system and "The grey car" in system
    assert sent.body["messages"][-1] == {"role": "user", "content": "What is on your mind?"}
    assert sent.headers["x-team"] == "blue"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_names_its_variable_and_never_the_key(name, status, ask, canned):
    wrong = canned({"error": {"message": f"Incorrect API key provided: {KEY}"}}, status)
    with pytest.raises(ProviderRefused) as caught:
        await ask(name, wrong)
    assert "$MAILSIM_TEST_KEY" in str(caught.value)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", ALL)
async def test_a_key_quoted_in_any_error_is_blotted_out(name, ask, canned):
    with pytest.raises(ProviderRefused, match=r"bad request by \[key\]"):
        await ask(name, canned({"error": {"message": f"bad request by {KEY}"}}, 400))


@pytest.mark.parametrize("name", ALL)
async def test_a_rate_limit_says_how_long_to_wait(name, ask, canned):
    with pytest.raises(ProviderUnavailable) as caught:
        await ask(name, canned({"error": {"message": "slow down"}}, 429, {"retry-after": "17"}))
    assert caught.value.retry_after == 17


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("status", [500, 503, 529])
async def test_an_overloaded_service_is_unavailable(name, status, ask, canned):
    with pytest.raises(ProviderUnavailable, match=str(status)):
        await ask(name, canned({"error": {"message": "overloaded"}}, status))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("body", ['{"choices": [', "null", "[]", "{}", '"text"', '{"choices": [{}], "content": 3}'])
async def test_an_unreadable_answer_is_unavailable(name, body, ask, canned):
    with pytest.raises(ProviderUnavailable):
        await ask(name, canned(body))


@pytest.mark.parametrize("name", ALL)
async def test_a_web_page_in_place_of_an_answer_is_unavailable(name, ask, canned):
    with pytest.raises(ProviderUnavailable):
        await ask(name, canned("<html>proxy</html>", headers={"content-type": "text/html"}))


@pytest.mark.parametrize("name", ALL)
async def test_a_connection_cut_in_mid_answer_is_unavailable(name, ask, canned):
    with pytest.raises(ProviderUnavailable, match="cannot be reached"):
        await ask(name, canned(ANSWERS[name], cut=True))


@pytest.mark.parametrize("name", ALL)
async def test_nobody_listening_is_unavailable(name, ask):
    with pytest.raises(ProviderUnavailable, match="cannot be reached"):
        await ask(name, ANSWERS[name], base_url="http://127.0.0.1:9")


@pytest.mark.parametrize("name", ALL)
async def test_a_service_that_keeps_silent_is_given_up(name, ask, canned):
    with pytest.raises(ProviderUnavailable, match=r"no answer in 0\.2 s"):
        await ask(name, canned(silent=True), timeout=0.2)


@pytest.mark.parametrize("name", ALL)
async def test_an_empty_answer_is_unavailable(name, ask):
    empty = {
        **ANSWERS[name],
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None}}],
        "content": [],
        "message": {"role": "assistant", "content": " \n"},
    }
    with pytest.raises(ProviderUnavailable, match="empty answer"):
        await ask(name, empty)


@pytest.mark.parametrize(("name", "reason"), [("openai", "length"), ("anthropic", "max_tokens")])
async def test_tokens_spent_on_thinking_alone_ask_for_more_of_them(name, reason, ask):
    spent = {
        **ANSWERS[name],
        "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant", "content": ""}}],
        "content": [],
        "stop_reason": reason,
    }
    with pytest.raises(ProviderRefused, match="max_tokens"):
        await ask(name, spent)


async def test_the_reasoning_of_a_local_model_is_left_out(ask):
    message = {"role": "assistant", "content": "<think>\nWho asks?\n</think>\n\nA grey car."}
    assert (await ask("ollama", {**ANSWERS["ollama"], "message": message})).text == "A grey car."


async def test_openai_gets_the_parameters_under_the_names_it_knows(ask, service):
    await ask("openai", ANSWERS["openai"], temperature=0.3, top_p=0.9, stop="END", max_tokens=50, seed=7,
              body={"min_p": 0.1})  # fmt: skip
    body = service.received[0].body
    assert body | {"temperature": 0.3, "top_p": 0.9, "stop": ["END"], "max_tokens": 50, "seed": 7} == body
    assert body["min_p"] == 0.1


async def test_anthropic_gets_stop_sequences_and_always_a_number_of_tokens(ask, service):
    await ask("anthropic", ANSWERS["anthropic"], stop=["END"])
    body = service.received[0].body
    assert (body["stop_sequences"], body["max_tokens"]) == (["END"], 4096)


async def test_ollama_gets_its_options_and_its_top_level_keys_apart(ask, service):
    await ask("ollama", ANSWERS["ollama"], context_length=4096, max_tokens=50, top_k=5, keep_alive="10m",
              body={"think": False, "repeat_penalty": 1.1})  # fmt: skip
    body = service.received[0].body
    assert body["options"] == {"num_ctx": 4096, "num_predict": 50, "top_k": 5, "repeat_penalty": 1.1}
    assert (body["keep_alive"], body["think"]) == ("10m", False)


async def test_a_model_that_ollama_lacks_comes_with_the_line_that_fetches_it(ask, canned):
    with pytest.raises(ProviderRefused, match="ollama pull m-1"):
        await ask("ollama", canned({"error": "model 'm-1' not found"}, 404))


@pytest.mark.parametrize("name", ["openai", "anthropic"])
async def test_an_unknown_model_is_named(name, ask, canned):
    with pytest.raises(ProviderRefused, match="`m-1`"):
        await ask(name, canned({"error": {"message": "not found"}}, 404))


async def test_verify_accepts_a_model_that_lm_studio_lists(ask, service, canned):
    service.will(canned(models("m-1")))
    await ask.provider("lmstudio").verify()


async def test_verify_names_the_models_that_lm_studio_has(ask, service, canned):
    service.will(
        canned({"object": "list", "data": [{"id": "gemma", "object": "model", "created": 1, "owned_by": "me"}]})
    )
    with pytest.raises(ProviderRefused, match="it has: gemma"):
        await ask.provider("lmstudio").verify()


@pytest.mark.parametrize("name", ["anthropic", "ollama"])
async def test_verify_refuses_an_unknown_model(name, ask, service, canned):
    service.will(canned({"error": {"message": "not found"}}, 404))
    with pytest.raises(ProviderRefused, match="m-1"):
        await ask.provider(name).verify()


@pytest.mark.parametrize("name", ALL)
async def test_verify_of_an_unreadable_answer_is_unavailable(name, ask, service, canned):
    service.will(canned("{{{"))
    with pytest.raises(ProviderUnavailable):
        await ask.provider(name).verify()


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_a_missing_key_is_refused_before_anything_is_sent(name):
    with pytest.raises(ProviderRefused, match=f"{name.upper()}_API_KEY"):
        load(LlmSettings(service=name, model="m-1"), random.Random(1))


async def test_a_busy_service_is_asked_again(ask, canned):
    busy = canned({"error": {"message": "busy"}}, 429, {"retry-after": "0"})
    assert (await ask("openai", busy, ANSWERS["openai"], max_retries=1)).text == "A grey car."
