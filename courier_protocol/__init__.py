"""The courier and live channels as rules without I/O: messages, codec, session, stream, and one asyncio client."""
