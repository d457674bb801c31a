"""Conversations with tool calls: read losslessly from the forms that they are published in, into one canonical form, and back.

`raw_conversations` holds each row as published. `formats` names its form (Glaive, ShareGPT, OpenAI, Hermes, xLAM) and reads it into a
`canonical.Conversation`; `inner_json` repairs broken JSON where there is one reading only; `arguments` checks each call against the JSON
Schema of its tool; `features` counts. `conversion.to_tool_conversations` is the stage that does all of it; `redacting` takes secrets and
personal data out of what it made. `similarity` finds the conversations that must stay in one split, `slices` and `balance` those that are
rare, and `chats` makes chats of them all that are ready to train on. `demo` holds chats of our own.
"""
