"""Coverage-guided fuzzing of the protocol for a while: `python -m tests.fuzz.protocol MINUTES`, or `-runs=NUMBER`.

atheris (libFuzzer) mutates the test vectors and keeps what reaches new code. An input that fails or takes more than
5 s is kept under `.cache/fuzz/found` and named on the way out; run it again by giving its path instead of minutes.
What was learned stays in `.cache/fuzz/corpus` for the next time.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["courier_protocol"]):
    from tests.support import fuzz_target

FOLDER = Path(".cache") / "fuzz"
SECONDS_AN_INPUT = 5
LONGEST_INPUT_BYTES = 4_096


def main(argument: str) -> None:
    """Fuzz for so many minutes, or run one input. Ends the process; its status is not 0 after a finding."""
    corpus, found = FOLDER / "corpus", FOLDER / "found"
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(fuzz_target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    dictionary = FOLDER / "words"
    dictionary.write_text("".join(f'"{word}"\n' for word in sorted(fuzz_target.words())))
    if Path(argument).exists():
        what = [argument]
    elif argument.startswith("-runs="):
        what = [argument, str(corpus)]
    else:
        what = [f"-max_total_time={round(float(argument) * 60)}", str(corpus)]
    limits = [f"-timeout={SECONDS_AN_INPUT}", f"-max_len={LONGEST_INPUT_BYTES}", "-rss_limit_mb=2048"]
    options = [f"-artifact_prefix={found}/", f"-dict={dictionary}", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *limits, *options, *what], fuzz_target.try_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1])
