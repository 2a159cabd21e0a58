"""A judge behind an OpenAI-compatible endpoint: vLLM, SGLang, OpenAI and the like."""

from rvpo.judges.client import ChatClient, RawReply
from rvpo.judges.config import JudgeConfig
from rvpo.judges.key import request_key
from rvpo.judges.parse import read_completion
from rvpo.judges.protocol import Question
from rvpo.judges.reading import Reading
from rvpo.judges.records import JudgeIdentity


class EndpointJudge:
    """Asks for a reason and a verdict, one criterion a call. Make it inside an event loop."""

    votes = 2
    usd = None

    def __init__(self, config: JudgeConfig) -> None:
        self.identity = JudgeIdentity(kind=config.judge, model=config.model, endpoint=config.endpoint)
        self._sampling = config.sampling()
        self._share = {"endpoint": config.endpoint, "model": config.model, "sampling": self._sampling}
        self._client = ChatClient(
            config.endpoint,
            api_key=config.api_key(),
            concurrency=config.concurrency,
            timeout_s=config.timeout_s,
            max_attempts=config.max_attempts,
        )

    def key(self, question: Question, vote: int) -> bytes:
        """See ``Judge``."""
        return request_key(self._share, question.messages(vote), vote)

    async def ask(self, question: Question, vote: int) -> RawReply:
        """See ``Judge``."""
        return await self._client.complete(self.identity.model, question.messages(vote), self._sampling)

    def read(self, body: bytes, question: Question) -> Reading:
        """See ``Judge``."""
        return read_completion(body, question.criterion, question.response)

    async def close(self) -> None:
        """See ``Judge``."""
        await self._client.close()
