"""The counts of the service in Prometheus' text format, read at the moment they are asked for."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rvpo.judges.serve.meter import UsageReport


class Metrics(Collector):
    """Answers ``/metrics`` from usage reports."""

    def __init__(self, usage: Callable[[], UsageReport]) -> None:
        self._usage = usage
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def table(self) -> list[Route]:
        """The path and what answers it."""
        return [Route("/metrics", self._answer, methods=["GET"])]

    async def _answer(self, _request: Request) -> Response:
        return Response(generate_latest(self._registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    def collect(self) -> Iterator[Metric]:
        """All metrics as they are now."""
        usage = self._usage()
        stats, tokens, proxy = usage.stats, usage.stats.usage, usage.proxy
        yield _counter("rvpo_judge_calls", "Asks sent to the judge, failed ones included.", stats.calls)
        yield _counter("rvpo_judge_attempts", "Asks with their repeats.", stats.attempts)
        yield _counters(
            "rvpo_judge_spared_verdicts",
            "Verdicts that needed no call.",
            "source",
            {"store": stats.hits, "shared": stats.shared, "rule": stats.rule_verdicts},
        )
        yield _counters("rvpo_judge_holes", "Verdicts that are missing, by cause.", "status", stats.failures)
        yield _counters(
            "rvpo_judge_tokens",
            "Tokens of the calls; cached_prompt is part of prompt.",
            "kind",
            {
                "prompt": tokens.prompt_tokens,
                "cached_prompt": tokens.cached_prompt_tokens,
                "completion": tokens.completion_tokens,
            },
        )
        yield _counter("rvpo_judge_responses", "Responses judged.", usage.responses)
        yield _counters(
            "rvpo_proxy_answers",
            "Answers of the caching proxy.",
            "outcome",
            {"hit": proxy.hits, "miss": proxy.misses, "failure": proxy.failures},
        )
        if stats.usd is not None:  # an unknown price is no zero
            yield _counter("rvpo_judge_usd", "Price of the calls.", stats.usd)
        yield GaugeMetricFamily(
            "rvpo_judge_responses_in_flight", "Responses at work.", usage.responses_in_flight
        )
        yield GaugeMetricFamily("rvpo_judge_uptime_seconds", "Since the start.", usage.uptime_s)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value)


def _counters(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for each, value in sorted(values.items()):
        family.add_metric([each], value)
    return family
