from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bylaw.manifests.command import Problem
from bylaw.manifests.dockerfile import Dockerfile, parse_dockerfile, stage_state
from bylaw.manifests.images import image_commands

TEXT = """# syntax=docker/dockerfile:1
ARG VERSION=3.12
FROM python:${VERSION} AS Base
WORKDIR /srv
ONBUILD RUN echo later
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "base"]
HEALTHCHECK --interval=5s \\
  # how it is asked
  CMD curl -f localhost/health || exit 1

FROM base
WORKDIR app
RUN --mount=type=cache,target=/c \\
    pip install . && \\

    pytest
RUN <<END
set -e
ruff check
END
COPY <<one.txt <<two.txt /
FROM nowhere
one.txt
RUN nothing
two.txt
ENV A=1 B="2 3"
USER app
ENTRYPOINT ["run"]
"""


def parsed(text: str) -> Dockerfile:
    found = parse_dockerfile(text)
    assert isinstance(found, Dockerfile)
    return found


def test_parse_dockerfile_stages_and_heredocs_are_told_apart() -> None:
    found = parsed(TEXT)
    assert [(stage.name, stage.base, stage.line) for stage in found.stages] == [
        ("base", "python:${VERSION}", 3),
        ("", "base", 12),
    ]
    words = [each.keyword for each in found.stages[1].instructions]
    assert words == ["WORKDIR", "RUN", "RUN", "COPY", "ENV", "USER", "ENTRYPOINT"]


def test_stage_state_new_entrypoint_resets_the_inherited_command() -> None:
    found = parsed(TEXT)
    first, last = stage_state(found, 0), stage_state(found, 1)
    assert first.command is not None
    assert first.command.words == ("python", "-m", "base")
    assert last.command is None
    assert last.entrypoint is not None
    assert last.entrypoint.words == ("run",)
    assert last.healthcheck is not None
    assert last.directory == "/srv/app"
    assert [(name, value) for name, value, _ in last.environment] == [("A", "1"), ("B", "2 3")]


def test_image_commands_keep_line_and_directory() -> None:
    found = {
        (each.argv[0], each.line): each.directory for each in image_commands("D", parsed(TEXT))
    }
    assert found[("pip", 15)] == "/srv/app"
    assert ("pytest", 17) in found
    assert ("ruff", 20) in found
    assert ("curl", 10) in found


def test_parse_dockerfile_escape_directive_counts() -> None:
    found = parsed("# escape=`\nFROM windows\nRUN dir `\n  C:\\\n")
    assert len(found.stages[0].instructions) == 1


def test_parse_dockerfile_broken_file_names_the_line() -> None:
    assert parse_dockerfile("FROM a\nRUNN x\n") == Problem(2, "unknown instruction RUNN")
    assert parse_dockerfile("# nothing\n") == Problem(1, "there is no FROM in it")
    assert parse_dockerfile("RUN x\nFROM a\n") == Problem(1, "RUN stands above the first FROM")


@given(st.text(alphabet='FROM RUNCMD[]"\\\n<E#`=a,', max_size=80))
def test_parse_dockerfile_any_text_gives_an_answer(text: str) -> None:
    found = parse_dockerfile(f"FROM a\n{text}")
    if isinstance(found, Dockerfile):
        image_commands("Dockerfile", found)
