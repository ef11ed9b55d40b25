"""What a process remembers for a moment is never older than it says."""

from shopsmart.infra.memory import Memory


def test_what_was_asked_a_moment_ago_is_not_asked_again_and_then_it_is():
    watch, asked = [0.0], []
    memory = Memory(lambda: watch[0])

    def read():
        asked.append(watch[0])
        return len(asked)

    assert [memory.recall("policy", 1.0, read) for _ in range(3)] == [1, 1, 1]
    watch[0] = 0.999
    assert memory.recall("policy", 1.0, read) == 1
    watch[0] = 1.0
    assert memory.recall("policy", 1.0, read) == 2
    assert asked == [0.0, 1.0]


def test_a_slow_answer_is_as_old_as_its_question():
    watch = [0.0]
    memory = Memory(lambda: watch[0])

    def slow():
        watch[0] += 0.8
        return "old"

    memory.recall("policy", 1.0, slow)
    watch[0] += 0.3
    assert memory.recall("policy", 1.0, lambda: "new") == "new"


def test_what_this_process_changed_is_asked_again_at_once():
    memory = Memory(lambda: 0.0)
    memory.recall("policy", 1.0, lambda: "before")

    memory.forget("policy")

    assert memory.recall("policy", 1.0, lambda: "after") == "after"
    memory.forget("never known")


def test_it_never_grows_without_end():
    memory = Memory(lambda: 0.0)
    for number in range(25_000):
        memory.recall(number, 1.0, lambda: None)
    assert len(memory._known) <= 10_000
