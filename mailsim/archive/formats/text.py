"""Plain text: the conversation as it went, then each speaker's words by themselves."""

from mailsim.archive import times
from mailsim.archive.transcript import Message, Speaker, Transcript

WIDTH = 72


def text(transcript: Transcript) -> str:
    thread = transcript.thread
    parts = [
        thread.subject or "(no subject)",
        f"Thread {thread.id}, {counted(thread.messages)}, from {times.moment(thread.first)}"
        f" to {times.moment(thread.last)} ({thread.first:%Z})",
        "\n".join(f"  {speaker.label} <{speaker.who.address}>" for speaker in transcript.speakers),
        *(_message(message) for message in transcript.messages),
        *(_alone(speaker, transcript) for speaker in transcript.speakers),
    ]
    return "\n\n".join(parts) + "\n"


def words(message: Message) -> str:
    """What the message says, with its attachments; a note where it says nothing."""
    attached = [f"[attached: {name}]" for name in message.attachments]
    return "\n".join(filter(None, [message.text, *attached])) or "[no words of its own]"


def counted(messages: int) -> str:
    """`1 message`, `10 messages`."""
    return f"{messages} message{'' if messages == 1 else 's'}"


def since_last(message: Message) -> str:
    """`, 4 s later`, or nothing for the first message."""
    return f", {times.span(message.since_last)} later" if message.since_last is not None else ""


def _message(message: Message) -> str:
    head = f"[{message.number}] {message.speaker.label}, {times.clock(message.entry.received)}{since_last(message)}"
    return f"{head}\n{'-' * min(len(head), WIDTH)}\n{words(message)}"


def _alone(speaker: Speaker, transcript: Transcript) -> str:
    own = [message for message in transcript.messages if message.speaker == speaker]
    head = f"Everything {speaker.label} wrote"
    return "\n\n".join([f"{'=' * WIDTH}\n{head}", *(f"[{message.number}]\n{words(message)}" for message in own)])
